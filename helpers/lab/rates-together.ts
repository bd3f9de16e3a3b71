import type { Bench } from './bench.ts'

/**
 * Tokens a second of benches that run at the same time, together: one rate for each of `slices` equal parts of the time
 * in which all of them were running. Empty where there is no such time.
 *
 * An event may hold several tokens or a part of one, so the tokens of a request are spread over its events.
 */
export function ratesTogether(benches: readonly Bench[], slices: number): number[] {
  const fromMs = Math.max(...benches.map(({ startMs }) => startMs))
  const toMs = Math.min(...benches.map(({ endMs }) => endMs))
  const sliceMs = (toMs - fromMs) / slices
  if (!(sliceMs > 0 && Number.isFinite(sliceMs))) return []
  const tokens = new Float64Array(slices)
  for (const { completed } of benches) {
    for (const { sentAtMs, arrivalsMs, completionTokens } of completed) {
      for (const arrivalMs of arrivalsMs) {
        const slice = Math.floor((sentAtMs + arrivalMs - fromMs) / sliceMs)
        if (slice >= 0 && slice < slices) tokens[slice] = (tokens[slice] ?? 0) + completionTokens / arrivalsMs.length
      }
    }
  }
  return Array.from(tokens, count => (1000 * count) / sliceMs)
}
