import { fittedTable, type Paint, plainPaint, wrap } from '../reporting/index.ts'
import { regressionsIn } from './compare-results.ts'
import { type ComparisonTable, criteriaTable, metricsTable, tally, valuesTable } from './comparison-tables.ts'
import type { ResultsComparison } from './results-comparison.ts'

interface Screen {
  paint: Paint
  width: number
}

/** For a screen: what is compared and what differs, the long table first, so that verdicts and the end stand last. */
export function comparisonText(
  comparison: ResultsComparison,
  { paint = plainPaint, width = 100 }: Partial<Screen> = {},
): string[] {
  const screen = { paint, width }
  const { metrics, criteria, values, valuesRefused, otherCriteria } = comparison
  return [
    ...headLines(comparison, screen),
    ...(values.length + valuesRefused.length > 0 ? section(valuesTable(comparison), screen) : []),
    ...(criteria.length + otherCriteria.onlyBase + otherCriteria.onlyHead + otherCriteria.same > 0
      ? section(criteriaTable(comparison), screen)
      : []),
    ...(metrics.length > 0 ? section(metricsTable(comparison), screen) : []),
    ending(comparison, paint),
  ]
}

function headLines({ base, head, differences, cautions }: ResultsComparison, { paint, width }: Screen): string[] {
  const side = (name: string, runs: readonly string[]) => [
    paint('bold', `${name} · ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`),
    ...runs.map(run => `  ${run}`),
  ]
  const rows = differences.map(({ what, base, head }) => [what, base, head])
  return [
    ...side('base', base.runs),
    ...side('head', head.runs),
    '',
    ...(rows.length > 0
      ? tableLines(
          { title: 'What differs beside the numbers', columns: ['', 'base', 'head'], rows, notes: [] },
          { paint, width },
        )
      : ['Engine, machine and profile are the same on both sides.']),
    ...cautions.flatMap(caution => wrap(caution, width)).map(line => paint('yellow', line)),
    '',
  ]
}

const section = (table: ComparisonTable, screen: Screen): string[] => [...tableLines(table, screen), '']

function tableLines({ title, columns, rows, notes }: ComparisonTable, { paint, width }: Screen): string[] {
  const blocks = rows.length > 0 ? fittedTable(columns, rows, width - 2) : []
  return [
    paint('bold', title),
    ...blocks.flatMap(({ head, body }, index) => [
      ...(index > 0 ? [''] : []),
      ...head.map(line => paint('dim', `  ${line}`)),
      ...body.map(line => `  ${line}`),
    ]),
    ...notes.flatMap(note => wrap(note, width - 2)).map(line => paint('dim', `  ${line}`)),
  ]
}

function ending(comparison: ResultsComparison, paint: Paint): string {
  const regressed = regressionsIn(comparison).length > 0
  return paint(regressed ? 'red' : 'bold', `Metrics  ${tally(comparison.metrics)}`)
}
