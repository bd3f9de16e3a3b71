import { asHttpChunk, type EventWriter, type WriterInput } from './event-writer.ts'
import { llamaWriter } from './llama-writer.ts'
import { ollamaWriter } from './ollama-writer.ts'
import type { FaultKind, FaultSettings, StreamShape } from './settings.ts'

/** One write of a stream. */
export interface Step {
  /** Since the work on the request began. */
  afterMs: number
  bytes: Buffer
  /** Tokens that are complete once this is written. */
  tokens: number
}

export interface PlanInput extends WriterInput {
  dialect: Dialect
  maxTokens: number
  fault: FaultKind | null
  /** All times are multiplied by it. */
  slowness: number
}

/** Whose answers they are. */
export type Dialect = 'llama-server' | 'ollama'

const writers = { 'llama-server': llamaWriter, ollama: ollamaWriter }

/** Everything that a request gets, made step by step as its time comes, and how it ends. */
export interface StreamPlan {
  steps: Iterator<Step>
  ending: 'finish' | 'hang' | 'reset'
  /** What the usage says, or would say. */
  completionTokens: number
}

const head = (contentType: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n`
const LAST_CHUNK = '0\r\n\r\n'

/** Time between the parts of an event that is spread over several writes: they must not come in one read. */
const PART_GAP_MS = 3

/** These stop a stream half way, so that there is something to count before. */
const midStreamFaults = new Set<FaultKind>([
  'eof-without-finish',
  'error-record',
  'proxy-error',
  'malformed-json',
  'stall',
  'reset',
])

export function planStream(input: PlanInput): StreamPlan {
  const { fault, maxTokens } = input
  const ending = fault === 'stall' || fault === 'no-answer' ? 'hang' : fault === 'reset' ? 'reset' : 'finish'
  const completionTokens = fault === 'wrong-length' ? Math.max(0, maxTokens - 1) : maxTokens
  const steps = fault === 'no-answer' ? [].values() : grouped(parts(input, completionTokens), input.settings.stream)
  return { steps, ending, completionTokens }
}

interface Part {
  afterMs: number
  text: string
  tokens: number
  /** Leaves at once, whatever the grouping. */
  isAlone: boolean
}

function* parts(input: PlanInput, completionTokens: number): Generator<Part> {
  const { fault, settings, slowness } = input
  const { stream, tokensPerSecond } = settings
  const write = writers[input.dialect](input)
  const tokens = fault !== null && midStreamFaults.has(fault) ? Math.floor(completionTokens / 2) : completionTokens
  const ttftMs = settings.ttftMs * slowness
  const gapMs = tokensPerSecond === null ? 0 : (1000 / tokensPerSecond) * slowness
  // Both engines send their headers with the first result.
  let opening = head(write.contentType) + write.opening()
  if (stream.earlyRole) {
    yield { afterMs: 0, text: opening, tokens: 0, isAlone: true }
    opening = ''
  }
  let afterMs = ttftMs
  for (let token = 0; token < tokens; token++) {
    const pieces = cut(write.token(token), stream)
    for (const [i, piece] of pieces.entries()) {
      const isWhole = i === pieces.length - 1
      afterMs = ttftMs + token * gapMs + i * PART_GAP_MS
      yield { afterMs, text: opening + asHttpChunk(piece), tokens: isWhole ? 1 : 0, isAlone: !isWhole }
      opening = ''
    }
  }
  yield { afterMs, text: opening + closing(fault, write, completionTokens), tokens: 0, isAlone: false }
}

function closing(fault: FaultKind | null, write: EventWriter, completionTokens: number): string {
  switch (fault) {
    case 'stall':
    case 'reset':
      return ''
    case 'eof-without-finish':
      return LAST_CHUNK
    case 'error-record':
      return write.error('out of memory') + LAST_CHUNK
    case 'proxy-error':
      return asHttpChunk('proxy error: Failed to read connection\n') + LAST_CHUNK
    case 'malformed-json':
      return write.torn() + LAST_CHUNK
    case 'no-usage':
      return write.closing(completionTokens, 'usage') + LAST_CHUNK
    case 'no-done':
      return write.closing(completionTokens, 'done') + LAST_CHUNK
    default:
      return write.closing(completionTokens, null) + LAST_CHUNK
  }
}

/** The pieces of an event that are written apart. */
function cut(event: string, { writesPerEvent, splitUtf8 }: FaultSettings['stream']): string[] {
  if (splitUtf8) {
    // A continuation byte is 10xxxxxx: cutting in front of the first one splits its character.
    const at = event.search(/[\x80-\xbf]/)
    return [event.slice(0, at), event.slice(at)]
  }
  if (writesPerEvent <= 1) return [event]
  const size = Math.ceil(event.length / writesPerEvent)
  return Array.from({ length: Math.ceil(event.length / size) }, (_, i) => event.slice(i * size, (i + 1) * size))
}

/** Joins events that leave in one write, when the last of them is there. */
function* grouped(all: Iterable<Part>, { eventsPerWrite }: StreamShape): Generator<Step> {
  let text = ''
  let tokens = 0
  let afterMs = 0
  for (const part of all) {
    text += part.text
    tokens += part.tokens
    afterMs = part.afterMs
    if (tokens < eventsPerWrite && eventsPerWrite > 1 && !part.isAlone) continue
    if (text !== '') yield { afterMs, bytes: Buffer.from(text, 'latin1'), tokens }
    text = ''
    tokens = 0
  }
  if (text !== '') yield { afterMs, bytes: Buffer.from(text, 'latin1'), tokens }
}
