import { asHttpChunk, type EventWriter, tokenText, type WriterInput } from './event-writer.ts'

/** Ollama's records, one a line of JSON. Of the settings' shapes the ones about server-sent events do not apply. */
export function ollamaWriter({ isChat, promptTokens, settings }: WriterInput): EventWriter {
  const { stream, model, ttftMs } = settings
  /** Another instant in every record, and of another length: Go drops zeros at the end of a fraction. */
  const open = (n: number) => `{"model":"${model}","created_at":"2026-11-21T06:00:00.${String(n + 1)}Z",`
  const reasoningStart = isChat
    ? '"message":{"role":"assistant","content":"","thinking":"'
    : '"response":"","thinking":"'
  const answerStart = isChat ? '"message":{"role":"assistant","content":"' : '"response":"'
  const textEnd = isChat ? '"},' : '",'
  const line = (text: string) => asHttpChunk(`${text}\n`)
  return {
    contentType: 'application/x-ndjson',
    opening: () => '',
    token: index =>
      `${open(index)}${index < stream.reasoningTokens ? reasoningStart : answerStart}${tokenText(index, stream)}${textEnd}"done":false}\n`,
    closing: (completionTokens, missing) => {
      if (missing === 'done') return ''
      const durations = `"total_duration":${ttftMs * 1e6 + 3e6},"load_duration":1000000,"prompt_eval_duration":${ttftMs * 1e6},"eval_duration":2000000`
      const counts = `"prompt_eval_count":${promptTokens},"eval_count":${completionTokens}`
      const metrics = missing === 'usage' ? '' : `,${durations},${counts}`
      return line(`${open(completionTokens)}${answerStart}${textEnd}"done":true,"done_reason":"length"${metrics}}`)
    },
    error: message => line(`{"error":"${message}"}`),
    torn: () => line(`${open(0)}${answerStart} wo`),
  }
}
