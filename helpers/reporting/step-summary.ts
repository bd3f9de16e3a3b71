import { appendFileSync } from 'node:fs'
import { formatQuantity } from '../units.ts'
import { decide, decisionLine } from './decision.ts'
import { countLine } from './final-lines.ts'
import { type Item, itemsOf } from './items.ts'
import type { Outcome } from './outcome.ts'
import { verdictWords } from './verdict-words.ts'

/** The run as Markdown: a table of items, one of baselines, and the decision of each spec. */
export function stepSummary({ tests, runs }: Pick<Outcome, 'tests' | 'runs'>): string {
  const items = itemsOf({ tests })
  const baselines = tests.flatMap(test => test.baselines)
  const decisions = runs.map(run => {
    const own = tests.flatMap(test => test.assessments).filter(({ id }) => id.startsWith(`${run.id}.`))
    return `- **${run.id}** ${escapeCell(decisionLine(decide(own, run)))}`
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
  ].join('\n')
}

/** Appends to the job's summary on GitHub; does nothing elsewhere. */
export function writeStepSummary(markdown: string, path = process.env.GITHUB_STEP_SUMMARY): void {
  if (path) appendFileSync(path, `${markdown}\n`)
}

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

function markdownTable(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.map(escapeCell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), '']
}

/** A cell is one line, and a bar would end it. Names of engines and models are no markup. */
function escapeCell(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replace(/[|<>*_`[\]]/g, '\\$&')
    .replace(/\s*\n\s*/g, ' · ')
}
