import type { CompletionEvent } from './completion-event.ts'
import { openaiFormat } from './openai-format.ts'
import type { WireFormat } from './wire-format.ts'

/**
 * OpenAI's completions from a server that never sends [DONE], such as `transformers serve`: its stream is whole with the
 * event that has the finish reason and the usage together, and only then.
 */
export const openaiWithoutDoneFormat: WireFormat = {
  ...openaiFormat,
  read(type, data): CompletionEvent {
    const event = openaiFormat.read(type, data)
    if (event.kind === 'failure') return event
    return { ...event, isLast: event.isLast || (event.finishReason !== null && event.usage !== null) }
  },
  lastEvent: 'an event with finish reason and usage',
}
