/** A table in GitHub's Markdown, with an empty line after it. `numeric` columns are aligned to the right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly boolean[] = [],
): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`
  return [
    line(head),
    `| ${head.map((_, index) => (numeric[index] ? '---:' : '---')).join(' | ')} |`,
    ...rows.map(line),
    '',
  ]
}

/** Text that is no markup, whatever it holds: names of engines and models, paths. It stays one line, as a cell must. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replace(/[|<>*_`[\]]/g, '\\$&')
    .replace(/\s*\n\s*/g, ' · ')
}
