import { absent, type Measured } from '../measured.ts'
import type { Unit } from '../units.ts'
import type { Estimate } from '../verdicts/assessment.ts'

/** One number that a spec measured, with all that a verdict about it needs. Plain data. */
export interface Observation<U extends Unit = Unit> {
  /** `<plan>.<spec>.<what>`, stable: the id of the criterion, and of the number in the results. */
  id: string
  /** What was measured, a noun: `load time of qwen2.5-7b ÷ 16, cold`. */
  title: string
  unit: U
  /** Absent with the reason where this machine or engine has no such thing. */
  measured: Measured<Estimate>
  /** Points that it rests on. */
  n: number
  /** How much data, for people: `64 requests`. */
  data: string
  /** What else belongs to the number: where it was measured, what it is made of. */
  details: string[]
  /** What makes it unfit for a verdict, such as a disturbed host; null for nothing. */
  spoiledBy: string | null
  /** What the measured model's size was divided by; 1 for a whole one, and where no model matters. */
  scale: number
}

export interface ObservationInput<U extends Unit> extends Pick<Observation<U>, 'id' | 'title' | 'unit'> {
  /** A number without an interval is one that has no noise, or of which there is only one. */
  value: Measured<number | Estimate> | number | Estimate
  n?: number
  data?: string
  details?: string[]
  spoiledBy?: string | null
  scale?: number
}

/** An observation from what is known; a number that is not finite is absent. */
export function observe<U extends Unit>({ value, ...input }: ObservationInput<U>): Observation<U> {
  const measured = estimateOf(value)
  const n = input.n ?? (measured.state === 'measured' ? 1 : 0)
  return { data: '', details: [], spoiledBy: null, scale: 1, ...input, n, measured }
}

function estimateOf(value: ObservationInput<Unit>['value']): Measured<Estimate> {
  if (typeof value === 'number') return estimateOf({ value, interval: null })
  if (!('state' in value)) {
    return Number.isFinite(value.value)
      ? { state: 'measured', value }
      : absent(`what was measured is no finite number: ${value.value}`)
  }
  return value.state === 'absent' ? value : estimateOf(value.value)
}
