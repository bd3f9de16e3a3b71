import { absent, type Measured, measured } from '../measured.ts'
import type { Interval } from '../statistics/index.ts'
import type { Estimate } from '../verdicts/assessment.ts'

/** Plan 002's window: 24 hours. */
export const DAY_MS = 24 * 3_600_000

/** Requests a second; its interval is carried through everything that is made of it. */
type Rate = Measured<Estimate>

const NO_RATE = absent('no request was completed: there is no rate')

/**
 * Milliseconds that so many requests take. Absent where the rate is, or is 0. Without an interval where the rate's reaches
 * down to 0: the time has no upper end then.
 */
export function timeFor(requests: number, rate: Rate): Measured<Estimate> {
  if (rate.state === 'absent') return rate
  if (!(rate.value.value > 0)) return NO_RATE
  return mapped(rate.value, perSecond => msFor(requests, perSecond))
}

/** Which share of the window is left when so many requests are done: 1 − time / window; below 0 they do not fit. */
export function marginOf(requests: number, rate: Rate, windowMs = DAY_MS): Measured<Estimate> {
  const time = timeFor(requests, rate)
  return time.state === 'absent' ? time : mapped(time.value, ms => 1 - ms / windowMs)
}

/** The most requests that are done within the window, `margin` (0 to 1) of it kept free. A whole number; absent where the rate is, or is 0. */
export function mostWithin(
  rate: Rate,
  { windowMs = DAY_MS, margin = 0 }: { windowMs?: number; margin?: number } = {},
): Measured<Estimate> {
  if (rate.state === 'absent') return rate
  if (!(rate.value.value > 0)) return NO_RATE
  return mapped(rate.value, perSecond => wholeRequests(perSecond, windowMs * (1 - margin)))
}

/**
 * Whether so many requests are done within the window, `margin` of it kept free: `open` where the interval lies on both
 * sides. Absent where the rate is, or is 0.
 */
export function fitsWindow(
  requests: number,
  rate: Rate,
  { windowMs = DAY_MS, margin = 0 }: { windowMs?: number; margin?: number } = {},
): Measured<'yes' | 'no' | 'open'> {
  if (rate.state === 'absent') return rate
  if (!(rate.value.value > 0)) return NO_RATE
  const fits = (perSecond: number): boolean => msFor(requests, perSecond) <= windowMs * (1 - margin)
  const [low, high] = rate.value.interval ?? [rate.value.value, rate.value.value]
  if (fits(low)) return measured('yes')
  return measured(fits(high) ? 'open' : 'no')
}

const msFor = (requests: number, perSecond: number): number => (1000 * requests) / perSecond

/** Rounding must neither lose the last request nor promise one too many. */
function wholeRequests(perSecond: number, windowMs: number): number {
  if (!(perSecond > 0)) return 0
  const nearest = Math.round((perSecond * windowMs) / 1000)
  return msFor(nearest, perSecond) <= windowMs ? nearest : nearest - 1
}

/** A monotone function of an estimate. Without an interval where an end of it is not finite. */
function mapped({ value, interval }: Estimate, change: (value: number) => number): Measured<Estimate> {
  const ends = interval === null ? null : ordered(change(interval[0]), change(interval[1]))
  return measured({ value: change(value), interval: ends })
}

function ordered(...ends: [number, number]): Interval | null {
  return ends.every(Number.isFinite) ? [Math.min(...ends), Math.max(...ends)] : null
}
