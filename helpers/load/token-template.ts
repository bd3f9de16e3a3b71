import { parseCompletionEvent } from './completion-event.ts'

const QUOTE = 34
const BACKSLASH = 92

/**
 * The bytes around the text of a token event. Events of one stream differ in that text only, so one that has the same
 * bytes before and after it, and between them nothing that JSON would read otherwise, is valid without being parsed.
 * That is about eight times as fast as JSON.parse.
 */
export interface TokenTemplate {
  kind: 'answer' | 'reasoning'
  prefix: Uint8Array
  suffix: Uint8Array
}

/** Stands for the text when a template is tried; no engine sends it. */
const PROBE = '\x7fprobe\x7f'

/**
 * Learns from the data of an event that was parsed and carries `text`; null where the text cannot be cut out (it holds
 * escapes, or the event carries more than a token). The frame is `data: …\n\n`, as vLLM, llama.cpp and Ollama send it;
 * events in another frame are right too, only slower.
 */
export function learnTemplate(data: string, kind: TokenTemplate['kind'], text: string): TokenTemplate | null {
  const at = data.lastIndexOf(`"${text}"`)
  if (at === -1) return null
  const before = data.slice(0, at + 1)
  const after = data.slice(at + 1 + text.length)
  const probed = parseCompletionEvent(before + PROBE + after)
  const isSound =
    probed.kind === 'chunk' && probed.finishReason === null && probed.usage === null && probed[kind] === PROBE
  if (!isSound) return null
  return {
    kind,
    prefix: Buffer.from(`data: ${before}`, 'latin1'),
    suffix: Buffer.from(`${after}\n\n`, 'latin1'),
  }
}

/**
 * The end of the event at `from` if it fits the template, else -1. Compares byte by byte: for texts of this size that is
 * faster than Buffer.compare and than strings, and allocates nothing.
 */
export function matchTemplate(template: TokenTemplate, bytes: Uint8Array, from: number): number {
  const { prefix, suffix } = template
  const end = bytes.length
  // At least one byte of text: an empty token is no token, and is left to the parser.
  if (end - from <= prefix.length + suffix.length) return -1
  let at = from
  for (let i = 0; i < prefix.length; i++, at++) {
    if (bytes[at] !== prefix[i]) return -1
  }
  const textFrom = at
  for (; at < end; at++) {
    const byte = bytes[at] as number
    if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) break
  }
  if (at === textFrom || end - at < suffix.length) return -1
  for (let i = 0; i < suffix.length; i++, at++) {
    if (bytes[at] !== suffix[i]) return -1
  }
  return at
}
