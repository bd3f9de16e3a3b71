import { BadInputError } from '../errors.ts'
import { formatQuantity } from '../units.ts'
import type { BaselineComparison, JudgedComparison } from './comparison.ts'

/** What a second look at a regression found. */
export interface Confirmation {
  /** `unconfirmed`: there was no second look, or it could not tell. */
  state: 'confirmed' | 'not reproduced' | 'unconfirmed'
  /** Whether the run fails: an alarm that nobody could check is not waved through. */
  fails: boolean
  line: string
}

/**
 * Holds the second measurement of a regression against the first. The second comes from a freshly started engine and
 * fresh requests, compared with the same baseline by the same rule; the same data judged again would confirm anything.
 *
 * Confirmed only if both regressed. A second one that is `unknown` or has no baseline leaves it unconfirmed.
 *
 * @throws BadInputError when the first is no regression, or they are of different metrics.
 */
export function confirmRegression(first: BaselineComparison, second: BaselineComparison): Confirmation {
  const regression = regressed(first)
  if (second.metric !== first.metric || second.better !== first.better) {
    throw new BadInputError(`confirming ${first.metric}: the second measurement is of ${second.metric}.`)
  }
  const head = title(regression)
  switch (second.verdict) {
    case 'regressed':
      return {
        state: 'confirmed',
        fails: true,
        line: `${head} confirmed on a second start: ${share(regression)}, then ${share(second)}`,
      }
    case 'unknown':
    case 'no baseline':
      return unconfirmed(regression, second.reason)
    default: {
      const hint =
        second.verdict === 'improved' ? ': the machine is unsteady, record its baseline again with more starts' : ''
      return {
        state: 'not reproduced',
        fails: false,
        line: `${head} not reproduced on a second start: ${share(regression)}, then ${share(second)} (${second.verdict})${hint}`,
      }
    }
  }
}

/**
 * A regression without a second measurement, for instance because the engine is not ours to restart. It fails.
 *
 * @throws BadInputError when it is no regression.
 */
export function leaveUnconfirmed(first: BaselineComparison, reason: string): Confirmation {
  return unconfirmed(regressed(first), reason)
}

const unconfirmed = (regression: JudgedComparison, reason: string): Confirmation => ({
  state: 'unconfirmed',
  fails: true,
  line: `${title(regression)} unconfirmed: ${share(regression)}; no second opinion: ${reason}`,
})

function regressed(comparison: BaselineComparison): JudgedComparison {
  if (comparison.verdict === 'regressed') return comparison
  throw new BadInputError(
    `confirming ${comparison.metric}: its verdict is "${comparison.verdict}"; only "regressed" is confirmed.`,
  )
}

const title = ({ metric }: JudgedComparison) =>
  `${(metric.split('.').at(-1) ?? metric).replaceAll('-', ' ')} regression`
const share = ({ change }: JudgedComparison) => formatQuantity(change, 'ratio', { signed: true })
