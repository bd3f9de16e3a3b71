/** Which parts of a streamed completion came: what a server leaves out cannot be measured. */
export interface StreamParts {
  usage: boolean
  finishReason: boolean
  /** By what the end of a stream is known: [DONE], or an event with finish reason and usage; null for neither. */
  end: 'done' | 'usage with finish reason' | null
}

/**
 * Reads a streamed completion as a whole: server-sent events, one JSON document each.
 *
 * @returns null for a text that is no such stream, an error event's message as `error`.
 */
export function readFirstAnswer(text: string): { parts: StreamParts } | { error: string } | null {
  const events = text
    .split(/\r?\n/)
    .flatMap(line => (line.startsWith('data:') ? [line.slice('data:'.length).trim()] : []))
  if (events.length === 0) return null
  const parts: StreamParts = { usage: false, finishReason: false, end: null }
  for (const event of events) {
    if (event === '[DONE]') {
      parts.end = 'done'
      continue
    }
    const chunk = parseObject(event)
    if (chunk === null) return null
    if (chunk.error !== undefined && chunk.error !== null) return { error: messageOf(chunk.error) }
    const hasUsage = isRecord(chunk.usage) && typeof chunk.usage.completion_tokens === 'number'
    const choice = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined
    const isFinished = isRecord(choice) && typeof choice.finish_reason === 'string'
    parts.usage ||= hasUsage
    parts.finishReason ||= isFinished
    if (hasUsage && isFinished) parts.end ??= 'usage with finish reason'
  }
  return { parts }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const messageOf = (error: unknown): string =>
  isRecord(error) && typeof error.message === 'string' ? error.message : JSON.stringify(error)

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text)
    return isRecord(json) ? json : null
  } catch {
    // An event that is not JSON: no completion stream.
    return null
  }
}
