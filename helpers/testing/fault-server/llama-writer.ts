import { asHttpChunk, type EventWriter, lineEnds, tokenText, type WriterInput } from './event-writer.ts'

/** llama-server's chunks as server-sent events, framed as the settings say. */
export function llamaWriter({ id, isChat, promptTokens, settings }: WriterInput): EventWriter {
  const { stream, model } = settings
  const eol = lineEnds[stream.lineEnd]
  const before = `${stream.comments ? `: ping${eol}` : ''}${stream.dataSpace ? 'data: ' : 'data:'}`
  const after = eol + eol
  const object = isChat ? 'chat.completion.chunk' : 'text_completion'
  const tail = `],"created":1790000000,"id":"${id}","model":"${model}","system_fingerprint":"b1-fault","object":"${object}"`
  const open = (finish: string) => `${before}{"choices":[{"finish_reason":${finish},"index":0,`
  const tokenEnd = `${isChat ? '"}}' : '"}'}${tail}}${after}`
  const answerStart = open('null') + (isChat ? '"delta":{"content":"' : '"text":"')
  const reasoningStart = `${open('null')}"delta":{"reasoning_content":"`
  const data = (text: string) => asHttpChunk(before + text + after)
  const usageOf = (completionTokens: number) => {
    const total = promptTokens + completionTokens
    const usage = `"usage":{"completion_tokens":${completionTokens},"prompt_tokens":${promptTokens},"total_tokens":${total},"prompt_tokens_details":{"cached_tokens":0}}`
    const timings = `"timings":{"cache_n":0,"prompt_n":${promptTokens},"prompt_ms":${settings.ttftMs},"predicted_n":${completionTokens},"predicted_ms":${completionTokens}}`
    return asHttpChunk(`${before}{"choices":[${tail},${usage},${timings}}${after}`)
  }
  return {
    contentType: 'text/event-stream',
    opening: () =>
      isChat ? asHttpChunk(`${open('null')}"delta":{"role":"assistant","content":null}}${tail}}${after}`) : '',
    token: index =>
      (index < stream.reasoningTokens ? reasoningStart : answerStart) + tokenText(index, stream) + tokenEnd,
    closing: (completionTokens, missing) =>
      asHttpChunk(`${open('"length"')}${isChat ? '"delta":{}}' : '"text":""}'}${tail}}${after}`) +
      (missing === 'usage' ? '' : usageOf(completionTokens)) +
      (missing === 'done' ? '' : data('[DONE]')),
    error: message => data(`{"error":{"code":500,"message":"${message}","type":"server_error"}}`),
    torn: () => data('{"choices":[{"finish_reason":null,"index":0,"delta":{"content":" wo'),
  }
}
