import type { CompletionTarget } from '../engines/engine.ts'
import { BadInputError } from '../errors.ts'
import type { CompletionPath, LoadRequest } from '../load/index.ts'
import type { Submitted } from './batch-records.ts'

/** The input file of a batch. */
export interface BatchInput {
  endpoint: CompletionPath
  submitted: Submitted[]
  /** JSONL, a request each. */
  lines: Buffer[]
}

/**
 * One line a request. `model` is the name that the batch server knows; of the target's fields only those of OpenAI's
 * dialect are sent along. Null where there are no requests.
 *
 * @throws BadInputError for requests to two endpoints: a batch has one.
 */
export async function batchInput(
  requests: AsyncIterable<LoadRequest>,
  target: Pick<CompletionTarget, 'protocol' | 'body'>,
  model: string,
): Promise<BatchInput | null> {
  // Servers refuse a batch with a line that asks for a stream.
  const { stream: _, stream_options: __, ...fields } = target.protocol !== 'ollama' ? target.body : {}
  const submitted: Submitted[] = []
  const lines: Buffer[] = []
  let endpoint: CompletionPath | null = null
  for await (const { id, path, body, expectedCompletionTokens } of requests) {
    endpoint ??= path
    if (path !== endpoint)
      throw new BadInputError(
        `Writing a batch file: request "${id}" goes to ${path} and the first one to ${endpoint}; all requests of an API ` +
          'batch go to the same endpoint. Make a file of each.',
      )
    submitted.push({ customId: id, expectedCompletionTokens })
    const line = { custom_id: id, method: 'POST', url: path, body: { ...body, ...fields, model } }
    lines.push(Buffer.from(`${JSON.stringify(line)}\n`))
  }
  return endpoint === null ? null : { endpoint, submitted, lines }
}
