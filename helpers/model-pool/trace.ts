import { BadInputError } from '../errors.ts'
import { seededRandom } from '../statistics/index.ts'

export interface TraceOptions {
  /** Most wanted first. */
  models: readonly string[]
  /** 0 wants all alike; 1 is Zipf's law; more is more uneven. */
  exponent: number
  length: number
  seed: number
}

/**
 * Share of the requests for each of n models by Zipf's law: that of rank k is 1/k^s over the sum of all (Zipf 1949;
 * Breslau et al. 1999 found s of 0.64 to 0.83 in requests for web pages).
 */
export function zipfShares(n: number, exponent: number): number[] {
  const weights = Array.from({ length: n }, (_, index) => (index + 1) ** -exponent)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map(weight => weight / sum)
}

/**
 * Which model each request wants, drawn independently; the same for the same options on every machine.
 * @throws BadInputError without models, or for an exponent below 0.
 */
export function zipfTrace({ models, exponent, length, seed }: TraceOptions): string[] {
  if (models.length === 0 || !(exponent >= 0))
    throw new BadInputError(
      `drawing a trace: ${models.length} models with exponent ${exponent}; it takes at least one model and an exponent of at least 0.`,
    )
  const random = seededRandom(seed)
  const shares = zipfShares(models.length, exponent)
  return Array.from({ length }, () => pick(models, shares, random()))
}

/** The model in whose part of the line from 0 to 1 the number lies; the last one has what rounding leaves. */
function pick(models: readonly string[], shares: readonly number[], at: number): string {
  let end = 0
  for (const [rank, model] of models.entries()) {
    end += shares[rank] ?? 0
    if (at < end) return model
  }
  return models.at(-1) ?? ''
}
