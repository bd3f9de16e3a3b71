/** The units a quantity is kept in. Bytes are printed as GiB or MiB, ratios as per cent. */
export type Unit = 'bytes' | 'bytes/s' | 'ratio' | 'factor' | 'ms' | 'requests/s' | 'tokens/s' | 'count' | 'celsius'

/** A number with its unit. Made by the functions below, so that a spec says `gibibytes(0.5)`. */
export interface Quantity<U extends Unit = Unit> {
  readonly unit: U
  readonly value: number
}

/** The plans write "GB" and mean GiB. */
export const gibibytes = (n: number): Quantity<'bytes'> => ({ unit: 'bytes', value: n * 2 ** 30 })
export const mebibytes = (n: number): Quantity<'bytes'> => ({ unit: 'bytes', value: n * 2 ** 20 })
export const percent = (n: number): Quantity<'ratio'> => ({ unit: 'ratio', value: n / 100 })
export const seconds = (n: number): Quantity<'ms'> => ({ unit: 'ms', value: n * 1000 })
export const count = (n: number): Quantity<'count'> => ({ unit: 'count', value: n })
export const milliseconds = (n: number): Quantity<'ms'> => ({ unit: 'ms', value: n })

const GIB = 2 ** 30
const MIB = 2 ** 20

export const times = (n: number): Quantity<'factor'> => ({ unit: 'factor', value: n })
export const celsius = (n: number): Quantity<'celsius'> => ({ unit: 'celsius', value: n })
export const mebibytesPerSecond = (n: number): Quantity<'bytes/s'> => ({ unit: 'bytes/s', value: n * 2 ** 20 })
export const tokensPerSecond = (n: number): Quantity<'tokens/s'> => ({ unit: 'tokens/s', value: n })

/** One number with its unit, for people: `+0.02 GiB`, `18.4 %`, `1.2 s`. `signed` prints a plus sign. */
export function formatQuantity(value: number, unit: Unit, { signed = false }: { signed?: boolean } = {}): string {
  const sign = signed && value >= 0 ? '+' : ''
  switch (unit) {
    case 'bytes':
      return Math.abs(value) >= GIB / 16
        ? `${sign}${(value / GIB).toFixed(2)} GiB`
        : `${sign}${(value / MIB).toFixed(1)} MiB`
    case 'bytes/s':
      return Math.abs(value) >= GIB
        ? `${sign}${significant(value / GIB)} GiB/s`
        : `${sign}${significant(value / MIB)} MiB/s`
    case 'celsius':
      return `${sign}${value.toFixed(1)} °C`
    case 'ratio':
      return `${sign}${(value * 100).toFixed(1)} %`
    case 'factor':
      return `${sign}${value.toFixed(2)} times`
    case 'ms':
      return `${sign}${formatMs(value)}`
    case 'count':
      return `${sign}${value.toLocaleString('en')}`
    default:
      return `${sign}${significant(value)} ${unit === 'requests/s' ? 'req/s' : 'tok/s'}`
  }
}

function formatMs(ms: number): string {
  const size = Math.abs(ms)
  if (size >= 3_600_000) return `${(ms / 3_600_000).toFixed(1)} h`
  if (size >= 120_000) return `${(ms / 60_000).toFixed(1)} min`
  if (size >= 1000) return `${(ms / 1000).toFixed(2)} s`
  return size >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(2)} ms`
}

function significant(value: number): string {
  const size = Math.abs(value)
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2)
}
