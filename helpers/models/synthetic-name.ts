import { createHash } from 'node:crypto'
import { BadInputError } from '../errors.ts'
import type { Architecture } from './architecture.ts'
import { findModel } from './catalogue.ts'
import { scaleArchitecture } from './scale-architecture.ts'

/** The architecture of a synthetic model: a catalogue's model at 1/`divisor`. Throws a BadInputError for either. */
export function requestedArchitecture({ model, divisor }: { model: string; divisor: number }): Architecture {
  const { publishedParameters, publishedScores, names, ...architecture } = findModel(model)
  return scaleArchitecture(architecture, divisor)
}

/** The seed, or a BadInputError. */
export function checkedSeed(seed: number): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed
  throw new BadInputError(`making a synthetic model: the seed is ${seed}; it must be a whole number from 0`)
}

/** What requests and people call it: a seed other than 1 shows. */
export const modelName = ({ name }: Architecture, seed: number): string => (seed === 1 ? name : `${name} #${seed}`)

/** A name in the storage: readable, and with a digest of all that decides the bytes. */
export function storageName({ name }: Architecture, words: readonly string[], decidesBytes: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(decidesBytes)).digest('hex').slice(0, 12)
  return [name.replace(' ÷ ', '-div'), ...words, digest].join('-')
}
