import type { ConfigurationRun, FinishedBlock, RanThrough } from '../batch-inference/configuration-run.ts'
import { outstandingOf } from '../configurations/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { bootstrapInterval, type Interval } from '../statistics/index.ts'
import type { Estimate } from '../verdicts/assessment.ts'

/** Fewer groups make no interval worth the name. */
const LEAST_GROUPS = 5
/** So many are aimed at where the run is too short for groups of all that were outstanding. */
const AIMED_GROUPS = 10

/**
 * Completed requests a second of a whole run. Absent where it did not run through, or completed none.
 *
 * Requests that are outstanding together share what happens to the engine, so the interval is a bootstrap of groups of
 * blocks, each as many requests as are outstanding (or a tenth of the run, where that is less, but a whole wave of those
 * that are worked on at the same time), scaled to the run's own rate. Null for fewer than five groups.
 */
export const rateOf = (run: ConfigurationRun): Measured<Estimate> =>
  rate(
    run,
    outcome => outcome.completed,
    ({ requests }) => requests,
  )

/** Answered tokens a second of a whole run, in the same way. */
export const tokenRateOf = (run: ConfigurationRun): Measured<Estimate> =>
  rate(
    run,
    outcome => outcome.completionTokens,
    ({ completionTokens }) => completionTokens,
  )

function rate(
  { configuration, outcome }: ConfigurationRun,
  totalOf: (outcome: RanThrough) => number,
  partOf: (block: FinishedBlock) => number,
): Measured<Estimate> {
  if (outcome.state === 'not run') return absent(outcome.reason)
  if (outcome.state === 'failed') return absent(`${outcome.kind}: ${outcome.message}`)
  if (outcome.completed === 0 || !(outcome.durationMs > 0))
    return absent(`none of ${outcome.failed.toLocaleString('en')} requests completed`)
  const value = (1000 * totalOf(outcome)) / outcome.durationMs
  const together = Math.min(outstandingOf(configuration), Math.max(outcome.atOnce, outcome.completed / AIMED_GROUPS))
  const groups = grouped(outcome.blocks, together).map(({ blocks, ms }) => ({
    amount: blocks.reduce((sum, block) => sum + partOf(block), 0),
    ms,
  }))
  return measured({ value, interval: groups.length < LEAST_GROUPS ? null : intervalOf(groups, value) })
}

interface Group {
  blocks: FinishedBlock[]
  /** Since the group before. */
  ms: number
}

/** Blocks in the order of their ends, so many that they hold `least` requests; what is left over joins the last group. */
function grouped(blocks: readonly FinishedBlock[], least: number): Group[] {
  const groups: Group[] = []
  let fromMs = 0
  let open: FinishedBlock[] = []
  for (const block of blocks.toSorted((a, b) => a.endMs - b.endMs)) {
    open.push(block)
    const requests = open.reduce((sum, each) => sum + each.requests, 0)
    if (requests < least || block.endMs <= fromMs) continue
    groups.push({ blocks: open, ms: block.endMs - fromMs })
    fromMs = block.endMs
    open = []
  }
  const [last, rest] = [groups.at(-1), open.at(-1)]
  if (last !== undefined && rest !== undefined) {
    last.blocks.push(...open)
    last.ms += rest.endMs - fromMs
  }
  return groups
}

function intervalOf(groups: readonly { amount: number; ms: number }[], value: number): Interval {
  const rateOfGroups = (indices: readonly number[]): number => {
    let [amount, ms] = [0, 0]
    for (const index of indices) {
      amount += groups[index]?.amount ?? 0
      ms += groups[index]?.ms ?? 0
    }
    return (1000 * amount) / ms
  }
  const all = groups.map((_, index) => index)
  const scale = value / rateOfGroups(all)
  const [low, high] = bootstrapInterval(all, rateOfGroups, { seed: 1 })
  return [low * scale, high * scale]
}
