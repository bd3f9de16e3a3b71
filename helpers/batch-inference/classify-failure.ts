import type { FailedRecord } from '../load/index.ts'
import type { FailureKind } from './failure-kind.ts'
import { failurePatterns } from './failure-patterns.ts'

/** What a failure is, and the line of its text that says so. */
export interface ClassifiedFailure {
  kind: FailureKind
  /** Of an unknown one its first line; empty for an empty text. */
  evidence: string
}

/** A line of a log can be as long as a request. */
const LONGEST_EVIDENCE = 300

/** Recognises an error by an engine's, Ray's or this suite's own words: a message, or the log lines under it. */
export function classifyFailure(text: string): ClassifiedFailure {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  for (const { kind, line: pattern } of failurePatterns) {
    const evidence = lines.find(line => pattern.test(line))
    if (evidence !== undefined) return { kind, evidence: shortened(evidence, pattern) }
  }
  return { kind: 'unknown', evidence: shortened(lines[0] ?? '', null) }
}

/** Of one request: by what the engine said, else by what was seen of the connection. */
export function kindOfRequest({
  failure,
  message,
  httpStatus,
}: Pick<FailedRecord, 'failure' | 'message' | 'httpStatus'>): FailureKind {
  if (failure === 'first-byte-timeout' || failure === 'stall') return 'timeout'
  const { kind } = classifyFailure(message)
  if (kind !== 'unknown') return kind
  if (failure === 'proxy-error') return 'process died'
  if (httpStatus === 408 || httpStatus === 504) return 'timeout'
  // What the engine will not do with this request, whatever it says of it.
  if (httpStatus !== null && httpStatus >= 400 && httpStatus < 500) return 'configuration'
  return 'unknown'
}

/** Cut around the words that were recognised. */
function shortened(line: string, pattern: RegExp | null): string {
  if (line.length <= LONGEST_EVIDENCE) return line
  const at = pattern === null ? 0 : Math.max(0, line.search(pattern) - LONGEST_EVIDENCE / 4)
  return `${at > 0 ? '…' : ''}${line.slice(at, at + LONGEST_EVIDENCE)}…`
}
