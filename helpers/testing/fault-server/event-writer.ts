import type { FaultSettings, StreamShape } from './settings.ts'

export interface WriterInput {
  id: string
  isChat: boolean
  promptTokens: number
  settings: FaultSettings
}

/** Writes one stream in an engine's dialect. Texts are latin1: one character a byte of UTF-8. All but `token` are whole HTTP chunks. */
export interface EventWriter {
  contentType: string
  /** Before the first token; empty where the dialect has nothing there. */
  opening(): string
  token(index: number): string
  /** What ends a whole stream, less what is to be missing. */
  closing(completionTokens: number, missing: 'done' | 'usage' | null): string
  error(message: string): string
  /** The beginning of an event in the frame of a whole one. */
  torn(): string
}

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

/** Mostly words, now and then what needs escaping in JSON or more than a byte, as real text has it. */
const words = Array.from({ length: 32 }, (_, i) =>
  i === 7 ? '\\n' : i === 19 ? ' \\"' : i === 27 ? latin1(' naïve') : ` word${i}`,
)
const wideWords = [' 漢字', ' 😀', ' übermäßig'].map(latin1)

/** The text of a token, as it stands inside a JSON string. */
export function tokenText(index: number, { splitUtf8 }: StreamShape): string {
  const vocabulary = splitUtf8 ? wideWords : words
  return vocabulary[index % vocabulary.length] ?? ''
}

export const lineEnds = { lf: '\n', crlf: '\r\n', cr: '\r' }

export const asHttpChunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
