import { createHash } from 'node:crypto'
import type { CompletionTarget } from '../engines/engine.ts'
import { BadInputError } from '../errors.ts'
import { type BatchFileLine, batchFileError, parseBatchFileLine } from './batch-file-line.ts'
import { messageOf } from './completion-event.ts'
import type { LoadRequest } from './load-request.ts'
import { ollamaBody } from './ollama/ollama-body.ts'
import { textLines } from './text-lines.ts'
import type { Workload } from './workload.ts'

export interface BatchFileOptions {
  /** JSONL in OpenAI's batch format: `{custom_id, method, url, body}` a line. */
  path: string
  /** Requests of a batch; null for the whole file. */
  take: number | null
  /** Replaces the model that each line names. */
  model: string
  /** How it is sent; OpenAI's unless said. Lines that Ollama's cannot carry are refused before anything starts. */
  protocol?: CompletionTarget['protocol']
}

/**
 * The user's own requests. The whole file is checked first, so that nothing starts on a file with a bad line. Batch 0 has
 * its first `take` lines, batch 1 the next, and so on, from the top again at the end; the warm-up has its last ones. A line
 * sent for the second time has `#2` after its id. Over Ollama's protocol no line's length is fixed: it has no `ignore_eos`.
 *
 * The file is read again for every batch, so memory stays flat; only its ids are kept while it is checked.
 * @throws BadInputError naming file, line, field, what was found and what is allowed.
 */
export async function batchFileWorkload(options: BatchFileOptions): Promise<Workload> {
  const { path, take } = options
  const { lines, hash } = await checkFile(options)
  const perBatch = take ?? lines
  if (!Number.isInteger(perBatch) || perBatch < 1) {
    throw new BadInputError(
      `taking ${take} requests of the batch file ${path}: it must be a whole number of at least 1.`,
    )
  }
  return {
    hash,
    description: `${path}, ${perBatch.toLocaleString('en')} of its ${lines.toLocaleString('en')} requests a batch`,
    async *requests(batch: number): AsyncGenerator<LoadRequest> {
      // Modulo twice: the warm-up's batch is −1, and % keeps the sign.
      let skip = (((batch * perBatch) % lines) + lines) % lines
      let pass = Math.floor((batch * perBatch) / lines)
      let left = perBatch
      for (;;) {
        for await (const { line } of readLines(path)) {
          if (skip > 0) {
            skip--
            continue
          }
          yield toRequest(line, pass, batch, options)
          if (--left === 0) return
        }
        pass++
      }
    },
  }
}

function toRequest(
  { custom_id, url, body }: BatchFileLine,
  pass: number,
  batch: number,
  { model, protocol }: BatchFileOptions,
): LoadRequest {
  const repeated = pass > 0 ? `${custom_id}#${pass + 1}` : custom_id
  const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? null
  return {
    id: batch < 0 ? `warm-up-${custom_id}` : repeated,
    path: url,
    body: { ...body, model },
    expectedCompletionTokens: body.ignore_eos === true && protocol !== 'ollama' ? maxTokens : null,
  }
}

async function checkFile(options: BatchFileOptions): Promise<{ lines: number; hash: string }> {
  const { path, protocol } = options
  const firstSeen = new Map<string, number>()
  const hash = createHash('sha256')
  for await (const { line, number, text } of readLines(path)) {
    const before = firstSeen.get(line.custom_id)
    if (before !== undefined) {
      throw batchFileError(
        path,
        number,
        `custom_id "${line.custom_id}" is also on line ${before}; each must be unique.`,
      )
    }
    firstSeen.set(line.custom_id, number)
    if (protocol === 'ollama') checkForOllama(toRequest(line, 0, 0, options), path, number)
    hash.update(text).update('\n')
  }
  if (firstSeen.size === 0)
    throw new BadInputError(`reading the batch file ${path}: it is empty; it needs at least one request.`)
  return { lines: firstSeen.size, hash: hash.digest('hex').slice(0, 16) }
}

function checkForOllama(request: LoadRequest, path: string, number: number): void {
  try {
    ollamaBody(request)
  } catch (error) {
    throw batchFileError(path, number, messageOf(error), error)
  }
}

/** The requests of a file; empty lines are passed over, but counted. */
async function* readLines(path: string): AsyncGenerator<{ line: BatchFileLine; number: number; text: string }> {
  try {
    for await (const { text, number } of textLines(path)) {
      const json = number === 1 ? text.replace(/^\ufeff/, '') : text
      if (json.trim() !== '') yield { line: parseBatchFileLine(path, number, json), number, text: json }
    }
  } catch (error) {
    if (error instanceof BadInputError) throw error
    throw new BadInputError(
      `reading the batch file ${path}: ${messageOf(error)}. It must be a readable file in OpenAI's batch format (JSONL).`,
      { cause: error },
    )
  }
}
