import { exitCodes } from '../errors.ts'
import type { Verdict } from '../verdicts/assessment.ts'
import { countVerdicts } from './items.ts'
import type { Results } from './results-schema.ts'

interface ExitFacts {
  exit: Results['exit']
  items: readonly { verdict: Verdict }[]
}

/** Each exit code of a run in words. */
export const exitMeanings = {
  [exitCodes.ok]: 'nothing failed',
  [exitCodes.failed]: 'a criterion failed, a regression was confirmed, or the engine crashed',
  [exitCodes.badInput]: 'bad input',
  [exitCodes.couldNotMeasure]: 'could not measure',
} as const

/**
 * What a run ended with, in words. Where its file does not say: what verdicts alone mean for a gate, 1 wins over 3.
 * `PERF_STRICT` and `PERF_REQUIRE` ask for more, and a failed criterion that its test expected (`.not`) is none.
 */
export function exitMeaningOf({ exit, items }: ExitFacts): { code: 0 | 1 | 2 | 3; meaning: string } {
  if (exit !== null) {
    const [reason, ...others] = exit.code === exitCodes.failed ? [] : exit.reasons
    const more = others.length > 0 ? `, and ${others.length} more` : ''
    return { code: exit.code, meaning: `${exitMeanings[exit.code]}${reason === undefined ? '' : `: ${reason}${more}`}` }
  }
  const counts = countVerdicts(items)
  const code =
    counts.fail > 0 ? exitCodes.failed : counts['could not measure'] > 0 ? exitCodes.couldNotMeasure : exitCodes.ok
  return { code, meaning: exitMeanings[code] }
}
