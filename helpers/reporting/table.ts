/** Rows with their columns aligned to the left, two spaces apart, nothing after the last word of a line. */
export function table(rows: readonly (readonly string[])[], indent = 0): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return rows.map(row => {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
    return ' '.repeat(indent) + line.trimEnd()
  })
}
