import type { Assessment } from '../verdicts/assessment.ts'

/** The plan's three warning signs, each with the criteria (last part of the id) that show it. */
export const warningSigns = {
  'memory leak': ['no-leak-trend', 'vram-delta'],
  'performance degradation': ['no-degradation', 'throughput-variance'],
  'model reloading': ['stays-loaded'],
} as const

export type WarningSign = keyof typeof warningSigns

/** What a sign is read from: criteria of a run, or items of a results file. */
type Judged = Pick<Assessment, 'id' | 'verdict'> & { reason?: string | undefined }

export type SignState<T extends Judged = Assessment> =
  | { state: 'present'; sign: WarningSign; shownBy: T[] }
  | { state: 'absent'; sign: WarningSign }
  | { state: 'unknown'; sign: WarningSign; reason: string }

/**
 * Present when one of its criteria failed; absent when one passed and none is open (what does not apply is left out);
 * else unknown with the reason.
 */
export function signState<T extends Judged>(sign: WarningSign, assessments: readonly T[]): SignState<T> {
  const slugs: readonly string[] = warningSigns[sign]
  const own = assessments.filter(({ id }) => slugs.includes(id.slice(id.lastIndexOf('.') + 1)))
  const first = (verdict: Assessment['verdict']) => own.find(assessment => assessment.verdict === verdict)
  const shownBy = own.filter(({ verdict }) => verdict === 'fail')
  if (shownBy.length > 0) return { state: 'present', sign, shownBy }
  const open =
    first('could not measure') ?? first('inconclusive') ?? (first('pass') ? undefined : first('not applicable'))
  if (open) return { state: 'unknown', sign, reason: [open.verdict, open.reason].filter(Boolean).join(': ') }
  return own.length > 0 ? { state: 'absent', sign } : { state: 'unknown', sign, reason: 'not judged' }
}
