import { type Paint, plainPaint } from './paint.ts'
import type { Finding } from './results-schema.ts'
import { wrap } from './wrap.ts'

const LABEL_WIDTH = 12

/** The end of a run, beside its verdicts: what it answers, one sentence a question; nothing where none was asked. */
export function findingLines(
  findings: readonly Finding[],
  { paint = plainPaint, width = 100 }: { paint?: Paint; width?: number } = {},
): string[] {
  if (findings.length === 0) return []
  const paragraph = (label: string, text: string) =>
    wrap(text, width - LABEL_WIDTH).map((line, index) => (index === 0 ? label : '').padEnd(LABEL_WIDTH) + line)
  const open = findings.filter(({ state }) => state === 'open').map(({ id }) => id)
  return [
    ...paragraph(' Findings', 'npm run findings shows the questions, the evidence and the caveats').map(line =>
      paint('dim', line),
    ),
    ...findings.flatMap(finding => (finding.state === 'answered' ? paragraph(`   ${finding.id}`, finding.answer) : [])),
    ...(open.length > 0 ? paragraph('   open', `${open.join(', ')}: npm run findings says what they need`) : []).map(
      line => paint('yellow', line),
    ),
    '',
  ]
}
