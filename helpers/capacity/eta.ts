import { formatQuantity } from '../units.ts'

/** How far a running batch is. */
export interface Progress {
  /** Requests of the whole batch. */
  total: number
  done: number
  /** Requests that are outstanding now: each is taken to be half done. */
  inFlight: number
  elapsedMs: number
  windowMs: number
}

/** What is known about the end of a running batch. */
export type Eta =
  /** What was done until now says nothing yet about on which side of the window the end lies. */
  | { state: 'too early' }
  /** `endMs` is from the start, `spareMs` what is then left of the window. */
  | { state: 'on track'; endMs: number; spareMs: number }
  /** `byMs` is by how much the end lies after the window: what has passed since, where nothing was done at all. */
  | { state: 'will miss'; endMs: number; byMs: number }

/** Of a normal distribution within 1.96 standard deviations lie 95 %. */
const DEVIATIONS = 1.96

/**
 * Whether a batch will be done within its window, at the rate it had so far.
 *
 * Requests end in waves, so what is in flight is counted as half done, and may be anything between not begun and done;
 * beyond that the count of ends has a standard error of its root, as if they were independent of each other (Poisson). The
 * word is only given where the whole 95 % interval of the end lies on one side of the window.
 */
export function etaOf({ total, done, inFlight, elapsedMs, windowMs }: Progress): Eta {
  if (done >= total) return placed(elapsedMs, windowMs)
  const endFor = (work: number): number => (work > 0 ? (elapsedMs * total) / work : Number.POSITIVE_INFINITY)
  const most = done + inFlight
  const endMs = Math.max(elapsedMs, endFor(done + inFlight / 2))
  const earliestMs = Math.max(elapsedMs, endFor(most + DEVIATIONS * Math.sqrt(most)))
  const latestMs = endFor(done - DEVIATIONS * Math.sqrt(done))
  if (elapsedMs > windowMs) return placed(Number.isFinite(endMs) ? endMs : elapsedMs, windowMs)
  if (latestMs <= windowMs || (earliestMs > windowMs && Number.isFinite(endMs))) return placed(endMs, windowMs)
  return { state: 'too early' }
}

const placed = (endMs: number, windowMs: number): Eta =>
  endMs <= windowMs
    ? { state: 'on track', endMs, spareMs: windowMs - endMs }
    : { state: 'will miss', endMs, byMs: endMs - windowMs }

/** `will miss its window by 2.3 h: done after 26.3 h`. */
export function etaInWords(eta: Eta): string {
  if (eta.state === 'too early') return 'too early to tell when it will be done'
  const end = `done after ${formatQuantity(eta.endMs, 'ms')}`
  return eta.state === 'on track'
    ? `on track: ${end}, ${formatQuantity(eta.spareMs, 'ms')} before its window ends`
    : `will miss its window by ${formatQuantity(eta.byMs, 'ms')}: ${end}`
}
