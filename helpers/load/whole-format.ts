import type { CompletionEvent } from './completion-event.ts'
import { DocumentCutter } from './document-cutter.ts'
import type { WireFormat } from './wire-format.ts'

/**
 * A protocol without its stream: one JSON document, which says what the events of a stream say together. As with a
 * stream, it is a success only with a finish reason and usage.
 */
export function wholeFormat(streamed: WireFormat): WireFormat {
  const readWhole = (text: string): CompletionEvent => {
    const event = streamed.readStray(text) ?? streamed.read('message', text)
    return event.kind === 'failure' ? event : { ...event, isLast: true }
  }
  return {
    ...streamed,
    isStreamed: false,
    contentType: 'application/json',
    body: (request, target) => {
      // vLLM refuses options of a stream where there is none.
      const { stream_options: _, ...body } = streamed.body(request, target)
      return { ...body, stream: false }
    },
    cutter: () => new DocumentCutter(),
    read: (_type, data) => readWhole(data),
    readStray: readWhole,
    lastEvent: 'a document',
  }
}
