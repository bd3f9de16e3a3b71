import type { Estimate } from '../verdicts/assessment.ts'

/**
 * b / a of two positive numbers that were estimated independently, with the 95 % interval that theirs make: by what
 * factor b is larger. The interval of the difference of their logarithms, by the method of variance estimates recovery
 * (Zou & Donner 2008, Statistics in Medicine 27, 1693–1702), which takes each end from the ends that it depends on and
 * so keeps intervals that are not symmetric. Null where either has none, or where one is or reaches 0 or less.
 */
export function ratioOfEstimates(a: Estimate, b: Estimate): Estimate {
  const value = b.value / a.value
  if (a.interval === null || b.interval === null) return { value, interval: null }
  const ends = [a.value, b.value, ...a.interval, ...b.interval]
  if (ends.some(end => !(end > 0))) return { value, interval: null }
  const below = ({ value, interval }: Estimate): number => Math.log(value) - Math.log(interval?.[0] ?? value)
  const above = ({ value, interval }: Estimate): number => Math.log(interval?.[1] ?? value) - Math.log(value)
  return {
    value,
    interval: [value * Math.exp(-Math.hypot(below(b), above(a))), value * Math.exp(Math.hypot(above(b), below(a)))],
  }
}
