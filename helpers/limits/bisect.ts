import { CouldNotMeasureError } from '../errors.ts'

/** Where a search ended. `first` is the least that was seen not to hold. */
export type SearchEnd =
  | { state: 'found'; largest: number; first: number }
  | { state: 'none holds'; first: number }
  | { state: 'all hold'; largest: number }

export interface Search {
  /** Both are whole numbers, and both may be tried. */
  low: number
  high: number
  /** Where the end is thought to be: the largest that will hold. It is tried first, then its neighbour. */
  guess?: number
  /** Costly; asked once for each number at most. Once it does not hold, it holds for nothing larger. */
  holds(n: number): Promise<boolean>
}

/**
 * The largest whole number in a range for which something holds. From the guess it goes on in doubled steps until the end
 * is between two tries, then by halves: a right guess takes two tries, a wrong one as many as the logarithm of its error.
 */
export async function bisect({ low, high, guess = low, holds }: Search): Promise<SearchEnd> {
  if (!Number.isInteger(low) || !Number.isInteger(high) || low > high)
    throw new CouldNotMeasureError(`A search goes over whole numbers, the lower first; these are ${low} and ${high}.`)
  // Outside of the range nothing was tried.
  let holding = low - 1
  let failing = high + 1
  let step = 1
  let next = Math.min(high, Math.max(low, Math.round(guess)))
  while (failing - holding > 1) {
    if (await holds(next)) holding = next
    else failing = next
    const isBounded = holding >= low && failing <= high
    if (isBounded) next = Math.floor((holding + failing) / 2)
    else if (holding >= low) next = Math.min(high, holding + step)
    else next = Math.max(low, failing - step)
    if (!isBounded) step *= 2
  }
  if (holding < low) return { state: 'none holds', first: low }
  return failing > high ? { state: 'all hold', largest: high } : { state: 'found', largest: holding, first: failing }
}
