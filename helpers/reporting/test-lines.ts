import type { TestAnnotation } from 'vitest'
import { formatQuantity } from '../units.ts'
import { assessmentLines, baselineLines, statement } from './assessment-lines.ts'
import { itemsOf } from './items.ts'
import type { TestOutcome } from './outcome.ts'
import { type Paint, plainPaint } from './paint.ts'
import { verdicts, verdictWords } from './verdict-words.ts'

/** A test that took less is printed without its time. */
const SHOWN_FROM_MS = 300

/**
 * A finished test: its verdict and name, then what each criterion measured, what the baselines said, and an error that
 * no criterion explains.
 */
export function testLines(
  test: TestOutcome,
  { durationMs, annotations }: { durationMs: number; annotations: readonly Pick<TestAnnotation, 'type' | 'message'>[] },
  paint: Paint = plainPaint,
): string[] {
  const { assessments, baselines } = test
  const time = durationMs >= SHOWN_FROM_MS ? paint('dim', ` ${formatQuantity(durationMs, 'ms')}`) : ''
  return [
    ` ${signOf(test, paint)} ${test.name}${time}`,
    ...assessmentLines(assessments, paint),
    ...baselineLines(
      baselines.filter(baseline => !isSaid(baseline, assessments)),
      paint,
    ),
    ...ownLines(test, paint),
    ...notes(test, annotations).map(({ type, message }) => `    ${paint('dim', `${type}: ${message}`)}`),
  ]
}

/** A baseline that was judged as a criterion has its words there. */
const isSaid = ({ line }: TestOutcome['baselines'][number], assessments: TestOutcome['assessments']): boolean =>
  assessments.some(assessment => (assessment.measured === null ? assessment.reason : assessment.line).includes(line))

/** The gravest of its verdicts; vitest's word where it has none, or where it expected a failure (`.not`). */
function signOf(test: TestOutcome, paint: Paint): string {
  const own = new Set(itemsOf({ tests: [test] }).map(({ verdict }) => verdict))
  const gravest = (['fail', 'could not measure', 'inconclusive', 'not applicable', 'pass'] as const).find(word =>
    own.has(word),
  )
  if (!gravest) return paint('dim', '↓')
  const { sign, colour } = verdictWords[test.state === 'passed' ? 'pass' : gravest]
  return paint(colour, sign)
}

/** What a test without a criterion has to say: its error, or why it was skipped. */
function ownLines(test: TestOutcome, paint: Paint): string[] {
  const item = itemsOf({ tests: [test] }).find(({ assessment }) => assessment === null)
  if (!item || item.verdict === 'pass') return []
  const { colour } = verdictWords[item.verdict]
  const [first = '', ...more] = item.reason.split('\n')
  const word = first.startsWith(item.verdict) ? '' : `${item.verdict}: `
  return [`    ${paint(colour, word + first)}`, ...more.map(line => `    ${paint(colour, line)}`)]
}

/** Annotations that are not the verdict once more, nor a chart that only the UI can show. */
function notes<A extends Pick<TestAnnotation, 'type' | 'message'>>(test: TestOutcome, annotations: readonly A[]): A[] {
  const said = test.assessments.map(assessment => `${statement(assessment)} ${assessment.reason}`)
  const words: readonly string[] = verdicts
  return annotations.filter(
    ({ type, message }) =>
      type !== 'chart' &&
      !words.includes(type) &&
      !said.some(text => text.includes(message)) &&
      !test.baselines.some(({ line }) => line.includes(message) || message.includes(line)),
  )
}
