import { formatQuantity } from '../units.ts'
import { evidenceInWords } from './evidence-in-words.ts'
import { escapeMarkdown } from './markdown.ts'
import { measuredTableMarkdown } from './measured-table-markdown.ts'
import { type Paint, plainPaint } from './paint.ts'
import type { Finding, Results } from './results-schema.ts'
import { tableLines } from './table-lines.ts'
import { wrap } from './wrap.ts'

/** The findings of a run for a screen: each question with its answer, what it rests on and what limits it; then tables. */
export function findingsText(
  results: Results,
  findings: readonly Finding[],
  { paint = plainPaint, width = 100 }: { paint?: Paint; width?: number } = {},
): string[] {
  return [
    paint('bold', `Findings · ${tally(findings)}`),
    ...wrap(whereAndWhen(results), width).map(line => paint('dim', line)),
    '',
    ...findings.flatMap(finding => findingText(results, finding, { paint, width })),
    ...citedTables(results, findings).flatMap(table => [...tableLines(table, { paint, width }), '']),
  ]
}

/** The same as Markdown, for a file to keep. */
export function findingsMarkdown(results: Results, findings: readonly Finding[]): string[] {
  const tables = citedTables(results, findings)
  return [
    '# Findings',
    '',
    `${tally(findings)}. ${escapeMarkdown(whereAndWhen(results))}.`,
    '',
    ...findings.flatMap(finding => findingMarkdown(results, finding)),
    ...(tables.length > 0 ? ['## Tables', ''] : []),
    ...tables.flatMap(table => measuredTableMarkdown(table, '###')),
  ]
}

function findingText(results: Results, finding: Finding, { paint, width }: { paint: Paint; width: number }): string[] {
  const labelled = (label: string, text: string, indent: number) =>
    wrap(text, width - indent).map((line, index) => (index === 0 ? label : '').padEnd(indent) + line)
  const question = labelled(finding.id, finding.question, 5).map(line => paint('bold', line))
  if (finding.state === 'open')
    return [...question, ...labelled('     open', finding.needs, 15).map(line => paint('yellow', line)), '']
  const evidence = finding.evidence.map(id => `${id} · ${evidenceInWords(results, id)}`)
  return [
    ...question,
    ...labelled('', finding.answer, 5),
    ...finding.caveats.flatMap(caveat => labelled('     caveat', caveat, 15)).map(line => paint('yellow', line)),
    ...evidence.flatMap(text => labelled('     evidence', text, 15)).map(line => paint('dim', line)),
    '',
  ]
}

function findingMarkdown(results: Results, finding: Finding): string[] {
  const head = [`## ${finding.id} · ${escapeMarkdown(finding.question)}`, '']
  if (finding.state === 'open') return [...head, `**Open.** ${escapeMarkdown(finding.needs)}`, '']
  return [
    ...head,
    escapeMarkdown(finding.answer),
    '',
    ...finding.caveats.map(caveat => `- Caveat: ${escapeMarkdown(caveat)}`),
    ...finding.evidence.map(id => `- \`${id}\`: ${escapeMarkdown(evidenceInWords(results, id))}`),
    '',
  ]
}

function tally(findings: readonly Finding[]): string {
  const answered = findings.filter(({ state }) => state === 'answered').length
  return `${answered} answered, ${findings.length - answered} open`
}

/** Everything that an answer depends on beside its evidence: when, which engine, which machine, which sizes. */
function whereAndWhen({ startedAt, profile, engine, host }: Results): string {
  const machine = `${host.cpu}, ${host.cores} cores, ${formatQuantity(host.ramBytes, 'bytes')}`
  const server = engine ? [`${engine.name} ${engine.version} (${engine.runsAs})`] : []
  return [`Measured ${startedAt}`, `profile ${profile}`, ...server, machine].join(' · ')
}

function citedTables({ tables }: Results, findings: readonly Finding[]): Results['tables'] {
  const cited = new Set(findings.flatMap(finding => (finding.state === 'answered' ? finding.evidence : [])))
  return tables.filter(({ id }) => cited.has(id))
}
