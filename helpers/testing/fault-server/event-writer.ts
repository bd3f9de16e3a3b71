import type { FaultSettings } from './settings.ts'

export interface WriterInput {
  id: string
  isChat: boolean
  promptTokens: number
  settings: FaultSettings
}

/** Texts are latin1: one character a byte of UTF-8. All but `token` are whole HTTP chunks. */
export interface EventWriter {
  role(): string
  token(index: number): string
  finish(): string
  usage(completionTokens: number): string
  data(text: string): string
}

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

/** Mostly words, now and then what needs escaping in JSON or more than a byte, as real text has it. */
const words = Array.from({ length: 32 }, (_, i) =>
  i === 7 ? '\\n' : i === 19 ? ' \\"' : i === 27 ? latin1(' naïve') : ` word${i}`,
)
const wideWords = [' 漢字', ' 😀', ' übermäßig'].map(latin1)

const lineEnds = { lf: '\n', crlf: '\r\n', cr: '\r' }

export const asHttpChunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

/** Writes the events of one stream: llama-server's chunks, framed as the settings say. */
export function eventWriter({ id, isChat, promptTokens, settings }: WriterInput): EventWriter {
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
  const vocabulary = stream.splitUtf8 ? wideWords : words
  return {
    role: () => asHttpChunk(`${open('null')}"delta":{"role":"assistant","content":null}}${tail}}${after}`),
    token: index => {
      const start = index < stream.reasoningTokens ? reasoningStart : answerStart
      return start + vocabulary[index % vocabulary.length] + tokenEnd
    },
    finish: () => asHttpChunk(`${open('"length"')}${isChat ? '"delta":{}}' : '"text":""}'}${tail}}${after}`),
    usage: completionTokens => {
      const total = promptTokens + completionTokens
      const usage = `"usage":{"completion_tokens":${completionTokens},"prompt_tokens":${promptTokens},"total_tokens":${total},"prompt_tokens_details":{"cached_tokens":0}}`
      const timings = `"timings":{"cache_n":0,"prompt_n":${promptTokens},"prompt_ms":${settings.ttftMs},"predicted_n":${completionTokens},"predicted_ms":${completionTokens}}`
      return asHttpChunk(`${before}{"choices":[${tail},${usage},${timings}}${after}`)
    },
    data: text => asHttpChunk(before + text + after),
  }
}
