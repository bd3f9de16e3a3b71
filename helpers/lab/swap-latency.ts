import type { CompletedRecord } from '../load/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { quantile, seededRandom } from '../statistics/index.ts'
import type { Estimate } from '../verdicts/assessment.ts'

/** Time between the tokens of the same model's answers, undisturbed and while something else goes on. */
export interface InterTokenLatency {
  /** Pooled: all time after the first tokens, by all tokens after the first. */
  quietMs: number
  busyMs: number
  /** busy / quiet, 95 %. */
  ratio: Estimate
  /** The longest time without a token within an answer. */
  longestQuietMs: number
  longestBusyMs: number
  /** Requests of both. */
  n: number
}

/** Fewer requests have no interval worth the name. */
const leastRequests = 5
const resamples = 2000

/**
 * Compares two loads of one model. The interval is a percentile bootstrap of whole requests, not of tokens: what happens
 * to one token happens to its neighbours, so tokens are not independent, and resampling them would make the interval far
 * too narrow. Answers of a single token tell nothing and are left out; absent where fewer than five of either are left.
 */
export function interTokenLatency(
  quiet: readonly CompletedRecord[],
  busy: readonly CompletedRecord[],
): Measured<InterTokenLatency> {
  const [before, during] = [spansOf(quiet), spansOf(busy)]
  if (Math.min(before.length, during.length) < leastRequests)
    return absent(
      `${before.length} and ${during.length} answers of two tokens or more to compare; it takes ${leastRequests} each`,
    )
  const [quietMs, busyMs] = [pooled(before), pooled(during)]
  const random = seededRandom(1)
  const drawn = (spans: readonly Span[]) =>
    pooled(Array.from(spans, () => spans[Math.floor(random() * spans.length)] ?? { ms: 0, tokens: 0 }))
  const ratios = Array.from({ length: resamples }, () => drawn(during) / drawn(before))
  return measured({
    quietMs,
    busyMs,
    ratio: { value: busyMs / quietMs, interval: [quantile(ratios, 0.025), quantile(ratios, 0.975)] },
    longestQuietMs: longestGap(quiet),
    longestBusyMs: longestGap(busy),
    n: before.length + during.length,
  })
}

interface Span {
  /** From the first event with a token to the last. */
  ms: number
  /** After the first. */
  tokens: number
}

function spansOf(records: readonly CompletedRecord[]): Span[] {
  return records
    .map(({ arrivalsMs, completionTokens }) => ({
      ms: (arrivalsMs.at(-1) ?? 0) - (arrivalsMs[0] ?? 0),
      tokens: completionTokens - 1,
    }))
    .filter(({ ms, tokens }) => ms > 0 && tokens > 0)
}

const pooled = (spans: readonly Span[]): number =>
  spans.reduce((sum, { ms }) => sum + ms, 0) / spans.reduce((sum, { tokens }) => sum + tokens, 0)

const longestGap = (records: readonly CompletedRecord[]): number =>
  records
    .flatMap(({ arrivalsMs }) => arrivalsMs.map((at, i) => at - (arrivalsMs[i - 1] ?? at)))
    .reduce((longest, gap) => Math.max(longest, gap), 0)
