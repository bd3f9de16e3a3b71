/**
 * Samples of a Prometheus text page without labels, by name. Lines with labels and comments are left out; a value that
 * is no number (`NaN`) is left out as well.
 */
export function prometheusValues(text: string): Map<string, number> {
  const values = new Map<string, number>()
  for (const line of text.split(/\r?\n/)) {
    const [name, value] = line.split(' ')
    if (!name || name.startsWith('#') || name.includes('{') || value === undefined) continue
    const number = Number(value)
    if (value !== '' && !Number.isNaN(number)) values.set(name, number)
  }
  return values
}
