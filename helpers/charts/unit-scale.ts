import type { Unit } from '../units.ts'

const GIB = 2 ** 30
const MIB = 2 ** 20

/** What an axis says of a unit, and its numbers. */
export interface UnitScale {
  /** `MiB`, `s`, `%`: the title of the axis, or the end of it. */
  title: string
  /** A value of the unit as the axis has it, to five digits: more are not seen, and make the results large. */
  of(value: number): number
}

/** In the largest unit of which any of the values is one or more: bytes as MiB or GiB, times as ms or, from 10 s on, s. */
export function unitScale(unit: Unit, values: readonly number[]): UnitScale {
  const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  const by = (title: string, divisor = 1): UnitScale => ({
    title,
    of: value => Number((value / divisor).toPrecision(5)),
  })
  switch (unit) {
    case 'bytes':
      return most >= GIB ? by('GiB', GIB) : by('MiB', MIB)
    case 'bytes/s':
      return most >= GIB ? by('GiB/s', GIB) : by('MiB/s', MIB)
    case 'ms':
      return most >= 10_000 ? by('s', 1000) : by('ms')
    case 'ratio':
      return by('%', 0.01)
    case 'factor':
      return by('times')
    case 'celsius':
      return by('°C')
    default:
      return by(unit)
  }
}
