import { z } from 'zod'
import { BadInputError } from '../errors.ts'
import { messageOf } from './completion-event.ts'

const message = z.looseObject({ role: z.string() })

const common = {
  /** One answer a request: a stream of several has no single TTFT. */
  n: z.literal(1).optional(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
}

const lineBase = { custom_id: z.string().min(1), method: z.literal('POST') }

const lineSchema = z.discriminatedUnion('url', [
  z.looseObject({
    ...lineBase,
    url: z.literal('/v1/chat/completions'),
    body: z.looseObject({ ...common, messages: z.array(message).min(1) }),
  }),
  z.looseObject({
    ...lineBase,
    url: z.literal('/v1/completions'),
    body: z.looseObject({ ...common, prompt: z.union([z.string(), z.array(z.int())]) }),
  }),
])

export type BatchFileLine = z.infer<typeof lineSchema>

/**
 * Reads one line of a batch file.
 * @throws BadInputError that names file, line, field, what was found and what is allowed.
 */
export function parseBatchFileLine(file: string, number: number, text: string): BatchFileLine {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw batchFileError(file, number, `not JSON (${messageOf(error)}). Every line must be a JSON object of its own.`)
  }
  const result = lineSchema.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue === undefined) throw batchFileError(file, number, 'not a batch request')
  const field = issue.path.join('.')
  const found = JSON.stringify(at(json, issue.path)) ?? 'nothing'
  const shown = found.length > 80 ? `${found.slice(0, 80)}…` : found
  throw batchFileError(
    file,
    number,
    `${field === '' ? 'the line' : `field "${field}"`} is ${shown}; ${allowed(issue)}.`,
  )
}

export const batchFileError = (file: string, number: number, problem: string, cause?: unknown): BadInputError =>
  new BadInputError(`reading the batch file ${file}, line ${number}: ${problem}`, { cause })

function allowed(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') return 'allowed are "/v1/chat/completions" and "/v1/completions"'
  return `allowed is: ${issue.message.replace(/^Invalid input: /, '')}`
}

const at = (json: unknown, path: PropertyKey[]): unknown =>
  path.reduce((value: unknown, key) => (value === null || value === undefined ? undefined : Object(value)[key]), json)
