import { appendFileSync } from 'node:fs'
import { formatQuantity } from '../units.ts'
import { decide, decisionLine } from './decision.ts'
import { countLine } from './final-lines.ts'
import { type Item, itemsOf } from './items.ts'
import { escapeMarkdown, markdownTable } from './markdown.ts'
import { measuredTableMarkdown } from './measured-table-markdown.ts'
import type { Outcome } from './outcome.ts'
import type { Finding } from './results-schema.ts'
import { verdictWords } from './verdict-words.ts'

/** The run as Markdown: a table of items, one of baselines, the decision of each spec, its tables, and the findings. */
export function stepSummary(
  { tests, runs, tables }: Pick<Outcome, 'tests' | 'runs' | 'tables'>,
  findings: readonly Finding[],
): string {
  const items = itemsOf({ tests })
  const baselines = tests.flatMap(test => test.baselines)
  const decisions = runs.map(run => {
    const own = tests.flatMap(test => test.assessments).filter(({ id }) => id.startsWith(`${run.id}.`))
    return `- **${run.id}** ${escapeMarkdown(decisionLine(decide(own, run)))}`
  })
  return [
    '## Performance of the LLM engine',
    '',
    countLine(items),
    '',
    ...markdownTable(['Item', 'Verdict', 'Measured', 'Limit', 'Data'], items.map(itemRow)),
    ...(baselines.length > 0
      ? [
          '### Baselines',
          '',
          ...markdownTable(
            ['Metric', 'Verdict', 'Comparison'],
            baselines.map(({ metric, verdict, line }) => [metric, verdict, line]),
          ),
        ]
      : []),
    ...(decisions.length > 0 ? ['### Decision', '', ...decisions, ''] : []),
    ...tables.flatMap(table => measuredTableMarkdown(table, '###')),
    ...(findings.length > 0
      ? ['### Findings', '', ...markdownTable(['', 'Question', 'Answer'], findings.map(findingRow))]
      : []),
  ].join('\n')
}

/** Appends to the job's summary on GitHub; does nothing elsewhere. */
export function writeStepSummary(markdown: string, path = process.env.GITHUB_STEP_SUMMARY): void {
  if (path) appendFileSync(path, `${markdown}\n`)
}

const findingRow = (finding: Finding): string[] => [
  finding.id,
  finding.question,
  finding.state === 'answered' ? finding.answer : `open: ${finding.needs}`,
]

function itemRow({ id, title, verdict, reason, assessment }: Item): string[] {
  const item = assessment ? `${title} (${id})` : title
  const word = `${verdictWords[verdict].sign} ${verdict}`
  if (!assessment || assessment.measured === null) return [item, word, reason, '', assessment?.data ?? '']
  const { measured, limit, unit, data } = assessment
  const show = (value: number) => formatQuantity(value, unit)
  const interval = measured.interval ? ` [${measured.interval.map(show).join(', ')}]` : ''
  return [
    item,
    word,
    `${show(measured.value)}${interval}${reason ? `: ${reason}` : ''}`,
    limit === null ? '' : show(limit),
    data,
  ]
}
