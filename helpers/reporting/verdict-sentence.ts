import type { Verdict } from '../verdicts/assessment.ts'
import { countVerdicts } from './items.ts'

/** The whole run in one sentence: `2 of 138 criteria failed.` What does not apply is not counted. */
export function verdictSentence(items: readonly { verdict: Verdict }[]): string {
  const { pass, fail, inconclusive, 'could not measure': unmeasured } = countVerdicts(items)
  const all = pass + fail + inconclusive + unmeasured
  const criteria = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'criterion' : 'criteria'}`
  if (all === 0) return 'Nothing was judged.'
  if (fail > 0 && unmeasured > 0)
    return `${fail.toLocaleString('en')} of ${criteria(all)} failed, and ${unmeasured.toLocaleString('en')} could not be measured.`
  if (fail > 0) return `${fail.toLocaleString('en')} of ${criteria(all)} failed.`
  if (unmeasured > 0) return `${unmeasured.toLocaleString('en')} of ${criteria(all)} could not be measured.`
  if (pass === 0) return `Nothing failed, and nothing passed: ${criteria(inconclusive)} inconclusive.`
  if (inconclusive > 0)
    return `Nothing failed: ${pass.toLocaleString('en')} of ${criteria(all)} passed, the rest is inconclusive.`
  return pass === 1 ? 'The one criterion that applies passed.' : `All ${criteria(pass)} that apply passed.`
}
