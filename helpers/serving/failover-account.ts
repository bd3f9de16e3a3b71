import type { RequestRecord } from '../load/index.ts'
import { absent, type Measured, measured } from '../measured.ts'

export interface AskedRecord {
  model: string
  record: RequestRecord
}

/** What the death of one model's process cost. Plain data. */
export interface FailoverAccount {
  /** Requests to the model that were under way at its death, or were sent before anybody could have noticed it. */
  inFlight: number
  /** Those of them that failed. */
  lost: number
  /** Other failed requests to the model: before its death, or after it had been noticed. */
  failedOtherwise: number
  answeredAfterwards: number
  /** From the kill to the end of the first answer to a request that was sent after it; absent where there was none. */
  recoveryMs: Measured
  /** Requests to other models, during the whole of it. */
  elsewhere: number
  failedElsewhere: number
  /** In words, of the first failure that should not have been; null for none. */
  firstOtherFailure: string | null
}

/**
 * Adds up what happened around a kill. The death is noticed when the first request that was under way at the kill ends in
 * failure: who sent before that could not know. Times are on the clock of the records.
 */
export function accountFailover(records: readonly AskedRecord[], victim: string, killedAtMs: number): FailoverAccount {
  const own = records.filter(({ model }) => model === victim).map(({ record }) => record)
  const others = records.filter(({ model }) => model !== victim).map(({ record }) => record)
  const noticedAtMs = own
    .filter(({ state, endedAtMs }) => state === 'failed' && endedAtMs >= killedAtMs)
    .reduce((least, { endedAtMs }) => Math.min(least, endedAtMs), Number.POSITIVE_INFINITY)
  const unknowing = own.filter(
    ({ sentAtMs, endedAtMs }) =>
      endedAtMs >= killedAtMs && (sentAtMs <= killedAtMs || (sentAtMs <= noticedAtMs && noticedAtMs < Infinity)),
  )
  const lost = unknowing.filter(({ state }) => state === 'failed')
  const unexplained = own.filter(record => record.state === 'failed' && !lost.includes(record))
  const failedElsewhere = others.filter(({ state }) => state === 'failed')
  const answers = own.filter(({ state, sentAtMs }) => state !== 'failed' && sentAtMs > killedAtMs)
  const firstAnswerMs = answers.reduce((least, { endedAtMs }) => Math.min(least, endedAtMs), Number.POSITIVE_INFINITY)
  const [first] = [...unexplained, ...failedElsewhere]
  return {
    inFlight: unknowing.length,
    lost: lost.length,
    failedOtherwise: unexplained.length,
    answeredAfterwards: answers.length,
    recoveryMs:
      answers.length > 0 ? measured(firstAnswerMs - killedAtMs) : absent(`${victim} answered nothing after its death`),
    elsewhere: others.length,
    failedElsewhere: failedElsewhere.length,
    firstOtherFailure: first?.state === 'failed' ? `${first.id}: ${first.failure}: ${first.message}` : null,
  }
}
