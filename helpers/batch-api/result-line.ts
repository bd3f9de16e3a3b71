import { z } from 'zod'

/** One line of an output or error file. */
export type ResultLine =
  | { kind: 'result'; customId: string; outcome: Outcome }
  | { kind: 'unreadable'; reason: string; line: string }

export type Outcome =
  | { state: 'answered'; body: unknown }
  /** `status` is null for a request that never got an answer: an expired batch, a server that says only why. */
  | { state: 'refused'; status: number | null; message: string }

const lineSchema = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.int(), body: z.unknown() }).nullish(),
  error: z
    .union([
      z.string(),
      z.object({ code: z.string().nullish(), type: z.string().nullish(), message: z.string().nullish() }),
    ])
    .nullish(),
})

const errorBody = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) })

/** Reads one line; a body that is JSON inside of a text (OGX writes it so) counts as what it holds. */
export function readResultLine(line: string): ResultLine {
  const json = parse(line)
  const parsed = lineSchema.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const reason = json === undefined ? 'not JSON' : `${issue?.path.join('.') || 'the line'}: ${issue?.message}`
    return { kind: 'unreadable', reason, line: line.slice(0, 120) }
  }
  return { kind: 'result', customId: parsed.data.custom_id, outcome: outcomeOf(parsed.data) }
}

function outcomeOf({ response, error }: z.output<typeof lineSchema>): Outcome {
  const body = typeof response?.body === 'string' ? (parse(response.body) ?? response.body) : response?.body
  if (error) {
    const message =
      typeof error === 'string' ? error : [error.code ?? error.type, error.message].filter(Boolean).join(': ')
    return { state: 'refused', status: response?.status_code ?? null, message }
  }
  if (!response) return { state: 'refused', status: null, message: 'the line has neither a response nor an error' }
  if (response.status_code === 200) return { state: 'answered', body }
  return { state: 'refused', status: response.status_code, message: messageIn(body) }
}

function messageIn(body: unknown): string {
  const parsed = errorBody.safeParse(body)
  if (!parsed.success) return JSON.stringify(body ?? null).slice(0, 200)
  const { error } = parsed.data
  return typeof error === 'string' ? error : error.message
}

/** Undefined where it is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
