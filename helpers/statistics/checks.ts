import { CouldNotMeasureError } from '../errors.ts'

/** Refuses what no statistic can be made of: too few values, or one that is no number. */
export function checkValues(what: string, values: readonly number[], least = 1): void {
  if (values.length < least) {
    throw new CouldNotMeasureError(
      `${what}: found ${values.length} value(s), needs at least ${least}. Check first whether enough was measured.`,
    )
  }
  const index = values.findIndex(value => !Number.isFinite(value))
  if (index !== -1) {
    throw new CouldNotMeasureError(
      `${what}: value ${index + 1} of ${values.length} is ${values[index]}, needs finite numbers. Leave out what was not measured.`,
    )
  }
}

/** Refuses a probability outside 0 to 1; `open` refuses 0 and 1 too. */
export function checkProbability(what: string, p: number, { open = false } = {}): void {
  if (open ? p > 0 && p < 1 : p >= 0 && p <= 1) return
  throw new CouldNotMeasureError(`${what}: found ${p}, must lie ${open ? 'between' : 'in'} 0 and 1 (0.95, not 95).`)
}
