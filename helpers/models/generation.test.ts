import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getLlama, LlamaChatSession, LlamaLogLevel, type LlamaModel, resolveChatWrapper } from 'node-llama-cpp'
import { test as base, describe, expect } from 'vitest'
import { type ModelStorage, type SyntheticModel, syntheticModel, tinyModel } from './index.ts'

const test = base
  .extend('storage', { scope: 'file' }, async ({}, { onCleanup }): Promise<ModelStorage> => {
    const directory = await mkdtemp(join(tmpdir(), 'models-'))
    onCleanup(() => rm(directory, { recursive: true }))
    return { directory, limitBytes: 1e9 }
  })
  .extend('llama', { scope: 'file' }, async ({}, { onCleanup }) => {
    const settings = { gpu: false, build: 'never', skipDownload: true, maxThreads: 1 } as const
    const llama = await getLlama({ ...settings, logLevel: LlamaLogLevel.error })
    onCleanup(() => llama.dispose())
    return llama
  })
  .extend(
    'load',
    ({ llama }) =>
      ({ path }: SyntheticModel) =>
        llama.loadModel({ modelPath: path }),
  )

const kinds = (['llama', 'qwen2', 'gemma2'] as const).flatMap(family =>
  (['f16', 'q8_0', 'q4_0'] as const).map(quantisation => ({ family, quantisation })),
)
const prompt = '<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n'
/** The likeliest few of all tokens, as engines choose by default; all tokens; and always the likeliest. */
const samplings = [
  { temperature: 1, seed: 1 },
  { temperature: 1, seed: 2, topK: 0, topP: 1, minP: 0 },
  { temperature: 0 },
]

/** Tokens of an answer, the end of sequence included, if there is one. */
async function generate(model: LlamaModel, text: string, count: number, sampling: object): Promise<number[]> {
  await using context = await model.createContext({ contextSize: 512 })
  const tokens: number[] = []
  const sequence = context.getSequence()
  for await (const token of sequence.evaluate(model.tokenize(text, true), { ...sampling, yieldEogToken: true })) {
    tokens.push(token)
    if (tokens.length === count || model.isEogToken(token)) break
  }
  return tokens
}

describe.for(kinds)('a $family in $quantisation', kind => {
  test.for(samplings)('says as many words as it is asked for with %o', async (sampling, { load, storage }) => {
    await using model = await load(await tinyModel(kind, storage))
    const tokens = await generate(model, prompt, 300, sampling)
    const pieces = tokens.map(token => model.detokenize([token as never]))
    expect(pieces).toHaveLength(300)
    expect(pieces.filter(piece => !/^ ?[A-Za-z]+$/.test(piece))).toEqual([])
  })

  test('does so after a control token too', async ({ load, storage }) => {
    await using model = await load(await tinyModel(kind, storage))
    for (const text of ['<|im_start|>', '<|im_end|>', '<|endoftext|>']) {
      const [token] = await generate(model, `Hello${text}`, 1, { temperature: 1, seed: 1 })
      expect(model.detokenize([token as never])).toMatch(/^ ?[A-Za-z]+$/)
    }
  })

  test('comes to an end when that is asked for', async ({ load, storage }) => {
    await using model = await load(await tinyModel({ ...kind, endOfSequence: true }, storage))
    const lengths: number[] = []
    for (let seed = 1; seed <= 8; seed++) {
      const tokens = await generate(model, prompt, 400, { temperature: 1, seed })
      expect(model.tokens.eos).toBe(tokens.at(-1))
      lengths.push(tokens.length)
    }
    expect(new Set(lengths).size).toBeGreaterThan(3)
  })
})

test('sampled text is varied in a scaled model with many layers', async ({ load, storage }) => {
  const request = { model: 'qwen2.5-0.5b', divisor: 64, quantisation: 'q4_0' } as const
  await using model = await load(await syntheticModel(request, storage))
  const tokens = await generate(model, prompt, 200, { temperature: 1, seed: 1 })
  expect(new Set(tokens).size).toBeGreaterThan(100)
})

describe('the tokenizer', () => {
  test.for([
    'The quick brown fox jumps over the lazy dog.',
    'Zwölf Boxkämpfer jagen Viktor, 你好 мир 🚀',
    ' leading,\ttabs\n\n  and   spaces  ',
    'code: if (a[0] != `b`) { return "c" + 0x1F; }',
  ])('gives back %j', async (text, { load, storage }) => {
    await using model = await load(await tinyModel({ family: 'qwen2', quantisation: 'q4_0' }, storage))
    expect(model.detokenize(model.tokenize(text))).toBe(text)
  })

  test('needs few tokens for an English word', async ({ load, storage }) => {
    await using model = await load(
      await syntheticModel({ model: 'qwen2.5-0.5b', divisor: 256, quantisation: 'q4_0' }, storage),
    )
    const words = 'Performance of serving engines depends on batching and memory bandwidth more than people expect'
    expect(model.tokenize(words).length / words.split(' ').length).toBeLessThan(3.5)
  })

  test('knows the control tokens', async ({ load, storage }) => {
    await using model = await load(await tinyModel({ family: 'llama', quantisation: 'q4_0' }, storage))
    expect(model.tokenize('<|im_start|>', true)).toHaveLength(1)
    expect(model.tokens.eosString).toBe('<|im_end|>')
    expect(model.tokens.shouldPrependBosToken).toBe(false)
  })
})

describe.for(['llama', 'qwen2', 'gemma2'] as const)('the chat template of a %s', family => {
  test('is understood', async ({ load, storage }) => {
    await using model = await load(await tinyModel({ family, quantisation: 'q4_0' }, storage))
    await using context = await model.createContext({ contextSize: 512 })
    const wrapper = resolveChatWrapper(model)
    const { contextText } = wrapper.generateContextState({
      chatHistory: [
        { type: 'user', text: 'Hello' },
        { type: 'model', response: [''] },
      ],
    })
    expect(contextText.toString()).toContain('<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n')
    const session = new LlamaChatSession({ contextSequence: context.getSequence(), chatWrapper: wrapper })
    const { responseText, stopReason } = await session.promptWithMeta('Hello', {
      maxTokens: 20,
      temperature: 1,
      seed: 1,
    })
    expect(stopReason).toBe('maxTokens')
    expect(responseText).toMatch(/^[A-Za-z ]+$/)
  })
})
