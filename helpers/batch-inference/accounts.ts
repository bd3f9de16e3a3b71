import type { RanThrough } from './configuration-run.ts'

/** Ids that went in, held against ids that came out: rows in = rows out. */
export function accountsOf(sent: Iterable<string>, ended: Iterable<string>): RanThrough['accounts'] {
  const missing = new Set(sent)
  const known = new Set(missing)
  const twice = new Set<string>()
  const unknown = new Set<string>()
  for (const id of ended) {
    if (!known.has(id)) unknown.add(id)
    else if (!missing.delete(id)) twice.add(id)
  }
  return { missing: [...missing], twice: [...twice], unknown: [...unknown] }
}

/** Ids that do not add up. */
export const unaccounted = ({ missing, twice, unknown }: RanThrough['accounts']): number =>
  missing.length + twice.length + unknown.length
