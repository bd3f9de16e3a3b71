import { escapeMarkdown, isNumericColumn, markdownTable } from '../reporting/index.ts'
import { type ComparisonTable, criteriaTable, metricsTable, tally, valuesTable } from './comparison-tables.ts'
import type { ResultsComparison } from './results-comparison.ts'

/** As Markdown for a pull request: verdicts first, the long table folded. */
export function comparisonMarkdown(comparison: ResultsComparison): string[] {
  const { base, head, differences, cautions, metrics, criteria, values, valuesRefused } = comparison
  const runs = (names: readonly string[]) => names.map(name => `\`${name.replaceAll('`', "'")}\``).join(', ')
  return [
    '## Comparison',
    '',
    `**${escapeMarkdown(tally(metrics))}**`,
    '',
    `- base: ${runs(base.runs)}`,
    `- head: ${runs(head.runs)}`,
    ...differences.map(({ what, base, head }) => `- ${escapeMarkdown(`${what}: ${base} → ${head}`)}`),
    ...cautions.map(caution => `- ${escapeMarkdown(caution)}`),
    '',
    ...(metrics.length > 0 ? section(metricsTable(comparison)) : []),
    ...(criteria.length > 0 ? section(criteriaTable(comparison)) : []),
    ...(values.length + valuesRefused.length > 0 ? folded(valuesTable(comparison)) : []),
  ]
}

const section = (table: ComparisonTable): string[] => [`### ${escapeMarkdown(table.title)}`, '', ...body(table)]

const folded = (table: ComparisonTable): string[] => [
  '<details>',
  `<summary>${escapeMarkdown(table.title)}</summary>`,
  '',
  ...body(table),
  '</details>',
  '',
]

function body({ columns, rows, notes }: ComparisonTable): string[] {
  const numeric = columns.map((_, index) =>
    isNumericColumn(
      index,
      rows.map(row => row[index] ?? ''),
    ),
  )
  return [
    ...(rows.length > 0 ? markdownTable(columns, rows, numeric) : []),
    ...notes.map(note => `- ${escapeMarkdown(note)}`),
    ...(notes.length > 0 ? [''] : []),
  ]
}
