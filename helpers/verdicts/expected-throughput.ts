import type { BatchRun } from '../batches/batch-run.ts'
import { bootstrapInterval, mean } from '../statistics/index.ts'
import type { Assessment } from './assessment.ts'
import { disturbanceOf } from './disturbance.ts'
import { criterionOf, judge, unjudged } from './judge.ts'
import { enoughForThroughput, ratesOf, throughputGroups } from './throughput.ts'

/** Is the run as fast as the user expects? Seconds a request over all chunks, turned into requests a second. */
export function judgeExpectedThroughput(run: BatchRun, expectedPerSecond: number | null): Assessment {
  const criterion = criterionOf(run, 'expected-throughput', 'throughput reaches what is expected')
  if (expectedPerSecond === null)
    return unjudged(
      criterion,
      'not applicable',
      `no figure was given (PERF_EXPECTED_THROUGHPUT); measured ${ratesOf(run)}`,
    )
  const tooLittle = enoughForThroughput(run)
  if (tooLittle) return unjudged(criterion, 'inconclusive', `${tooLittle} · ${ratesOf(run)}`)
  const secondsPerRequest = throughputGroups(run)
    .flat()
    .filter(chunk => chunk.requests > 0)
    .map(chunk => chunk.seconds / chunk.requests)
  const [low, high] = bootstrapInterval(secondsPerRequest, mean, { seed: 1 })
  return judge(criterion, {
    measured: { value: 1 / mean(secondsPerRequest), interval: [1 / high, 1 / low] },
    limit: expectedPerSecond,
    allowed: 'at least',
    unit: 'requests/s',
    n: secondsPerRequest.length,
    details: [ratesOf(run)],
    spoiledBy: disturbanceOf(run),
    advice: ['compare with a run without other load, and look at requests waiting and at clocks'],
  })
}
