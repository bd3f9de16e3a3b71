import { createHash } from 'node:crypto'
import { BadInputError } from '../errors.ts'
import type { LoadRequest } from './load-request.ts'
import { promptBuilder, type TokenCounter } from './prompt-builder.ts'
import type { Workload } from './workload.ts'

export interface SyntheticWorkloadOptions {
  /** Of the user's message, as the engine counts it without its chat template. */
  promptTokens: number
  outputTokens: number
  seed: number
  /** So many tokens at the start are the same in every prompt: caching is the subject. Otherwise prompts differ within their first words. */
  sharedPrefixTokens?: number
  /** 1 unless said: greedy decoding of random weights repeats itself. */
  temperature?: number
  /** Whether the output length must come exactly. False for an engine that ignores `ignore_eos`. */
  fixedOutput?: boolean
  /** Whether each request has a seed of its own, so that its answer is the same every time; true unless said. */
  seeded?: boolean
  /** The engine's counter; without it a word is taken for a token. */
  countTokens?: TokenCounter
}

/** Numbers of a batch's prompts begin here; no batch has so many. */
const NUMBERS_PER_BATCH = 100_000_000

/** Part of the hash: raised when the same options would make other requests. */
const GENERATION = 1

/**
 * Requests without end: chat messages of random words, unique in the run, each with a seed of its own.
 * @throws BadInputError for lengths that make no sense.
 */
export async function syntheticWorkload(options: SyntheticWorkloadOptions): Promise<Workload> {
  const { promptTokens, outputTokens, seed, sharedPrefixTokens = 0, temperature = 1 } = options
  const { fixedOutput = true, seeded = true } = options
  requireWhole('promptTokens', promptTokens, 1, Number.MAX_SAFE_INTEGER)
  requireWhole('outputTokens', outputTokens, 1, Number.MAX_SAFE_INTEGER)
  requireWhole('sharedPrefixTokens', sharedPrefixTokens, 0, promptTokens)
  const builder = await promptBuilder({ tokens: promptTokens, sharedPrefixTokens, seed }, options.countTokens ?? null)
  const definition = {
    generation: GENERATION,
    promptTokens,
    outputTokens,
    seed,
    sharedPrefixTokens,
    temperature,
    fixedOutput,
    ...(seeded ? {} : { seeded }),
  }
  const isExact = builder.precision.state === 'exact'
  const shared = sharedPrefixTokens > 0 ? ` (${sharedPrefixTokens} shared)` : ''
  return {
    hash: createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 16),
    description: `${isExact ? '' : 'about '}${promptTokens} prompt tokens${shared}, ${outputTokens} output tokens, temperature ${temperature}, ${seeded ? 'seed' : 'prompts of seed'} ${seed}`,
    *requests(batch: number): Generator<LoadRequest> {
      for (let i = 0; ; i++) {
        const number = (batch + 1) * NUMBERS_PER_BATCH + i
        yield {
          id: batch < 0 ? `warm-up-${i}` : `${batch}-${i}`,
          path: '/v1/chat/completions',
          body: {
            messages: [{ role: 'user', content: builder.prompt(number) }],
            max_tokens: outputTokens,
            ...(fixedOutput ? { ignore_eos: true } : {}),
            temperature,
            // Engines take 32 bits; odd multiplier: no two requests of a batch share a seed.
            ...(seeded && { seed: (Math.imul(number, 2_654_435_761) + seed) >>> 1 }),
          },
          expectedCompletionTokens: fixedOutput ? outputTokens : null,
        }
      }
    },
  }
}

function requireWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new BadInputError(`making a workload: ${name} is ${value}; it must be a whole number from ${least} to ${most}.`)
}
