import { expect, gibibytes, percent } from '../../helpers/index.ts'
import type { BatchTest } from './batch-test.ts'

/** The success criteria of plan 001, the same for each of its tests. */
export function stabilityCriteria(test: BatchTest): void {
  test('100 % of the requests succeed', ({ batches }) => {
    expect(batches).toHaveSuccessRate(percent(100))
  })

  test('no crash, no out-of-memory error', ({ batches }) => {
    expect(batches).toRunWithoutCrash()
  })

  test('the model stays loaded, without a reload delay', ({ batches }) => {
    expect(batches).toStayLoaded()
  })

  test('VRAM stays within 0.5 GiB from start to end', ({ batches }) => {
    expect(batches).toKeepVramDeltaBelow(gibibytes(0.5))
  })

  test('memory does not rise with the requests', ({ batches }) => {
    expect(batches).toShowNoLeakTrend()
  })

  test('the KV cache is empty when nothing is in flight', ({ batches }) => {
    expect(batches).toFreeItsKvCache()
  })

  test('throughput varies by less than 10 % between batches', ({ batches }) => {
    expect(batches).toVaryLessThan(percent(10))
  })

  test('throughput does not fall from batch to batch', ({ batches }) => {
    expect(batches).toShowNoDegradation(percent(10))
  })

  test('throughput is what is expected', ({ batches, perf }) => {
    expect(batches).toReachThroughput(perf.options.expectedThroughput)
  })

  test.for(['throughput', 'ttft', 'tpot', 'memory'] as const)(
    '%s matches its baseline',
    async (metric, { batches }) => {
      await expect(batches).toMatchBaseline(metric)
    },
  )
}
