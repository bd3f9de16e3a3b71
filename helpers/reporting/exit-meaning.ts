import { exitCodes } from '../errors.ts'
import type { Verdict } from '../verdicts/assessment.ts'
import { countVerdicts } from './items.ts'

/** Each exit code of a run in words. */
export const exitMeanings = {
  [exitCodes.ok]: 'nothing failed',
  [exitCodes.failed]: 'a criterion failed, a regression was confirmed, or the engine crashed',
  [exitCodes.badInput]: 'bad input',
  [exitCodes.couldNotMeasure]: 'could not measure',
} as const

/**
 * What verdicts alone mean for a gate: 1 wins over 3. The run itself may have ended otherwise: `PERF_STRICT` and
 * `PERF_REQUIRE` ask for more, and a failed criterion that its test expected (`.not`) is none.
 */
export function exitMeaningOf(items: readonly { verdict: Verdict }[]): { code: 0 | 1 | 3; meaning: string } {
  const counts = countVerdicts(items)
  const code =
    counts.fail > 0 ? exitCodes.failed : counts['could not measure'] > 0 ? exitCodes.couldNotMeasure : exitCodes.ok
  return { code, meaning: exitMeanings[code] }
}
