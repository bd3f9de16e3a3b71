import type { Assessment, Verdict } from '../verdicts/assessment.ts'
import { exitCodeOfError } from './exit-code.ts'
import type { Outcome, TestOutcome } from './outcome.ts'

/** One line of the results: a criterion with its verdict, or a test that broke or passed without judging one. */
export interface Item {
  /** The criterion's id; for a test without one `<path of the spec> > <name of the test>`. */
  id: string
  title: string
  verdict: Verdict
  reason: string
  /** Null for a test without a criterion. */
  assessment: Assessment | null
  spec: string
  test: string
}

/** Everything that the five words are counted over. */
export function itemsOf({ tests }: Pick<Outcome, 'tests'>): Item[] {
  const items = tests.flatMap(test => [
    ...test.assessments.map(assessment => fromAssessment(assessment, test)),
    ...fromTest(test),
  ])
  return [...new Map(items.map(item => [item.id, item])).values()]
}

/** How often each of the five words was said. */
export function countVerdicts(items: readonly Pick<Item, 'verdict'>[]): Record<Verdict, number> {
  const counts = { pass: 0, fail: 0, inconclusive: 0, 'not applicable': 0, 'could not measure': 0 }
  for (const { verdict } of items) counts[verdict]++
  return counts
}

function fromAssessment(assessment: Assessment, { name, spec }: TestOutcome): Item {
  const { id, title, verdict, reason } = assessment
  return { id, title, verdict, reason, assessment, spec, test: name }
}

/** What a test says beyond its criteria: an error that none of them explains, or all there is. */
function fromTest(test: TestOutcome): Item[] {
  const verdict = verdictOfTest(test)
  if (verdict === null) return []
  const reason = test.state === 'failed' ? test.errors.map(({ message }) => message).join('\n') : (test.note ?? '')
  const { name, spec } = test
  return [{ id: `${spec} > ${name}`, title: name, verdict, reason, assessment: null, spec, test: name }]
}

function verdictOfTest({ state, errors, assessments, note }: TestOutcome): Verdict | null {
  switch (state) {
    case 'failed':
      if (assessments.some(({ verdict }) => verdict === 'fail' || verdict === 'could not measure')) return null
      return errors.length > 0 && errors.every(error => exitCodeOfError(error) !== 1) ? 'could not measure' : 'fail'
    case 'passed':
      return assessments.length === 0 ? 'pass' : null
    case 'skipped':
      // Without a note it was left out by a filter or by the spec, which says nothing about the engine.
      if (assessments.length > 0 || note === null) return null
      return note.startsWith('inconclusive') ? 'inconclusive' : 'not applicable'
    case 'pending':
      return null
  }
}
