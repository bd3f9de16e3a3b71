import { formatQuantity } from '../units.ts'
import { decisionLine } from './decision.ts'
import { exitMeaningOf } from './exit-meaning.ts'
import { countLine } from './final-lines.ts'
import { escapeMarkdown, markdownTable } from './markdown.ts'
import { measuredTableMarkdown } from './measured-table-markdown.ts'
import { decidedRuns, decisionOf } from './results-decision.ts'
import type { Finding, ResultItem, ResultMetric, Results } from './results-schema.ts'
import { verdictSentence } from './verdict-sentence.ts'
import { verdictWords } from './verdict-words.ts'

/** What GitHub takes as a comment, in characters. */
export const COMMENT_LIMIT = 65_536

/** Room for the sentence that says what was left out. */
const CLOSING_ROOM = 600

/** One part of the text: of its entries those are kept that there is room for, from the first on. */
interface Section {
  /** What one entry is, and several are, for the sentence about those left out. */
  noun: readonly [one: string, many: string]
  /** Before the first entry and after the last one. */
  head: readonly string[]
  entries: readonly (readonly string[])[]
  tail: readonly string[]
}

export interface MarkdownOptions {
  /** Characters that the text may have. */
  limit?: number
  /** How the run ended, where it is known. Otherwise what its verdicts alone mean. */
  exit?: { code: number; meaning: string }
}

/**
 * A run as Markdown for a pull request or a job's summary: the answer, what failed, regressions, the table of what was
 * judged, decisions, findings, and the tables, folded. Where `limit` characters do not hold all of it the last parts give
 * way, and a sentence says what was left out.
 */
export function resultsMarkdown(
  results: Results,
  { limit = COMMENT_LIMIT, exit = exitMeaningOf(results) }: MarkdownOptions = {},
): string {
  const opening = [
    '## Performance of the LLM engine',
    '',
    `**${verdictSentence(results.items)}** Exit code ${exit.code}: ${exit.meaning}.`,
    '',
    countLine(results.items),
    '',
    escapeMarkdown(whereAndWhen(results)),
    '',
  ]
  return fitted(opening, sectionsOf(results), limit)
}

function sectionsOf(results: Results): Section[] {
  const { items, metrics, tables, findings } = results
  const of = (...verdicts: ResultItem['verdict'][]) => items.filter(({ verdict }) => verdicts.includes(verdict))
  const compared = metrics.flatMap(metric => (metric.baseline ? [{ ...metric, baseline: metric.baseline }] : []))
  const regressed = compared.filter(({ baseline }) => baseline.verdict === 'regressed')
  const judged = of('fail', 'could not measure', 'inconclusive', 'pass')
  return [
    listed(['failure', 'failures'], '### Failed', of('fail', 'could not measure').map(failure)),
    listed(['regression', 'regressions'], '### Regressions', regressed.map(regression)),
    listed(
      ['decision', 'decisions'],
      '### Decision',
      decidedRuns(results).map(id => [`- **${id}** ${escapeMarkdown(decisionLine(decisionOf(results, id)))}`]),
    ),
    tabled(
      ['judged criterion', 'judged criteria'],
      '### Judged',
      ['Item', 'Verdict', 'Measured', 'Limit', 'Data'],
      judged.map(itemRow),
    ),
    tabled(['finding', 'findings'], '### Findings', ['', 'Question', 'Answer'], findings.map(findingRow)),
    tabled(
      ['comparison with a baseline', 'comparisons with baselines'],
      '### Baselines',
      ['Metric', 'Verdict', 'Comparison'],
      compared.map(({ id, baseline: { verdict, line } }) => [id, verdict, line]),
    ),
    {
      noun: ['table', 'tables'],
      head: [],
      entries: tables.map(table => folded(table.title, measuredTableMarkdown(table, '####'))),
      tail: [],
    },
    foldedTable(
      ['criterion that does not apply', 'criteria that do not apply'],
      'Not applicable',
      ['Item', 'Reason'],
      of('not applicable').map(item => [itemName(item), item.reason ?? '']),
    ),
  ]
}

function listed(noun: Section['noun'], title: string, entries: Section['entries']): Section {
  return { noun, head: [title, ''], entries, tail: [''] }
}

function tabled(noun: Section['noun'], title: string, columns: string[], rows: string[][]): Section {
  const [head = '', rule = '', ...lines] = markdownTable(columns, rows)
  return { noun, head: [title, '', head, rule], entries: lines.slice(0, -1).map(line => [line]), tail: [''] }
}

function foldedTable(noun: Section['noun'], title: string, columns: string[], rows: string[][]): Section {
  const { head, entries } = tabled(noun, '', columns, rows)
  const [, , ...table] = head
  return { noun, head: [...foldStart(`${title}: ${rows.length}`), ...table], entries, tail: ['', '</details>', ''] }
}

const folded = (title: string, lines: readonly string[]): string[] => [...foldStart(title), ...lines, '</details>', '']

/** GitHub reads Markdown inside of it after an empty line; the title is HTML there. */
const foldStart = (title: string): string[] => [`<details><summary>${escapeMarkup(title)}</summary>`, '']

const escapeMarkup = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\s*\n\s*/g, ' ')

function failure(item: ResultItem): string[] {
  const { verdict, reason, evidence } = item
  const said = item.measured ? [evidence.line, ...(reason ? [reason] : [])] : [reason ?? evidence.line]
  return [
    `- ${verdictWords[verdict].sign} **${escapeMarkdown(item.title)}** ${said.map(escapeMarkdown).join(' · ')} (${escapeMarkdown(item.id)})`,
    ...evidence.advice.map(advice => `  - ${escapeMarkdown(advice)}`),
  ]
}

const regression = ({ id, baseline }: ResultMetric): string[] => [
  `- **${escapeMarkdown(id)}** ${escapeMarkdown(baseline?.line ?? '')}`,
]

const itemName = ({ id, title }: ResultItem): string => (id.endsWith(title) ? title : `${title} (${id})`)

function itemRow(item: ResultItem): string[] {
  const { verdict, reason = '', measured, limit, unit, evidence } = item
  const word = `${verdictWords[verdict].sign} ${verdict}`
  if (!measured || measured.value === null || unit === null) return [itemName(item), word, reason, '', evidence.data]
  const show = (value: number) => formatQuantity(value, unit)
  const [low, high] = measured.interval ?? []
  const interval = typeof low === 'number' && typeof high === 'number' ? ` [${show(low)}, ${show(high)}]` : ''
  return [
    itemName(item),
    word,
    `${show(measured.value)}${interval}${reason ? `: ${reason}` : ''}`,
    typeof limit === 'number' ? show(limit) : '',
    evidence.data,
  ]
}

const findingRow = (finding: Finding): string[] => [
  finding.id,
  finding.question,
  finding.state === 'answered' ? finding.answer : `open: ${finding.needs}`,
]

function whereAndWhen({ startedAt, profile, engine, host }: Results): string {
  const server = engine ? [`${engine.name} ${engine.version} (${engine.runsAs})`] : []
  return [...server, `${host.cpu}, ${host.cores} cores`, `profile ${profile}`, startedAt].join(' · ')
}

/** Keeps whole entries, in order, where there is room for them; one that is too long gives way to what comes after it. */
function fitted(opening: readonly string[], sections: readonly Section[], limit: number): string {
  const lines = [...opening]
  let room = limit - CLOSING_ROOM - lengthOf(lines)
  const leftOut: string[] = []
  for (const { noun, head, entries, tail } of sections) {
    if (entries.length === 0) continue
    const kept: string[] = []
    let count = 0
    let left = room - lengthOf(head) - lengthOf(tail)
    for (const entry of entries) {
      if (lengthOf(entry) > left) continue
      left -= lengthOf(entry)
      kept.push(...entry)
      count++
    }
    if (count > 0) {
      const shown = [...head, ...kept, ...tail]
      lines.push(...shown)
      room -= lengthOf(shown)
    }
    const missing = entries.length - count
    if (missing > 0) leftOut.push(`${missing.toLocaleString('en')} ${noun[missing === 1 ? 0 : 1]}`)
  }
  if (leftOut.length > 0)
    lines.push(
      `Left out, because this text may have ${limit.toLocaleString('en')} characters: ${leftOut.join(', ')}. results.json and the report hold everything.`,
      '',
    )
  return lines.join('\n')
}

/** Each line with its end. */
const lengthOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0)
