import { describe, expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { exampleBench, exampleData, examplePlan, exampleRow, refusedRun } from './example-run.ts'
import type { RowData } from './row-data.ts'
import type { TuningRun } from './tuning-run.ts'
import { tuningRunOf } from './tuning-run-of.ts'

const row = exampleRow('a')
const runOf = (data: Partial<RowData> = {}): TuningRun =>
  tuningRunOf({ row, position: 3, scale: 16 }, examplePlan, exampleData(data))
const numberOf = ({ measured: found }: TuningRun['ttft'] | TuningRun['prefixReuse'] | TuningRun['throughput']) =>
  found.state === 'measured' ? found.value.value : found.reason

test("every number has the row's id, its title and the model's scale", () => {
  const { coldStart, ttft, throughput, longContext, failures } = runOf()
  const [long] = longContext
  expect([coldStart, ttft, throughput, long?.ttft, long?.prefillRate, failures].map(found => found?.id)).toEqual([
    '004.matrix.cold-start.a',
    '004.matrix.ttft.a',
    '004.matrix.throughput.a',
    '004.matrix.ttft-8k.a',
    '004.matrix.prefill-8k.a',
    '004.matrix.stability.a',
  ])
  expect(ttft.title).toContain('(Row a)')
  expect(ttft.scale).toBe(16)
})

describe('the numbers', () => {
  test('starts, TTFT and tokens a second are those of the tests', () => {
    const run = runOf({ single: exampleBench([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110]) })
    expect(numberOf(run.coldStart)).toBe(900)
    expect(numberOf(run.warmStart)).toBe(400)
    expect(numberOf(run.ttft)).toBe(60)
    // 20 requests of 10 tokens in 30 ms each.
    expect(numberOf(run.throughput)).toBeCloseTo((20 * 10 * 1000) / (20 * 30))
  })

  test('the first request with the prefix brings it into the cache and is left out', () => {
    const shared = exampleBench([100, ...Array(11).fill(25)], { cached: 90 })
    const { prefixReuse } = runOf({ shared })
    expect(numberOf(prefixReuse)).toBe(0.25)
    expect(prefixReuse.n).toBe(11)
    expect(prefixReuse.details).toEqual(['90.0 % of its prompt tokens came from a cache, 0.0 % without'])
  })

  test('a disturbed host spoils what it disturbed', () => {
    const run = runOf({ single: { ...exampleBench(Array(11).fill(20)), disturbance: 'others were busy' } })
    expect(run.ttft.spoiledBy).toBe('others were busy')
    expect(run.throughput.spoiledBy).toBeNull()
  })
})

describe('what is missing', () => {
  test('a row that did not start has no number, and the engine says why', () => {
    const run = refusedRun(row, 'unrecognized arguments: --x', '--x')
    for (const found of [run.ttft, run.throughput, run.prefixReuse, run.gpuMemory, run.failures])
      expect(found).toMatchObject({ measured: absent('it did not start: unrecognized arguments: --x'), n: 0 })
  })

  test('a crash counts as a failure; what came before it is kept, what came after is missing', () => {
    const run = runOf({ long: [], unlike: null, shared: null, crash: 'out of memory' })
    expect(run.failures).toMatchObject({
      measured: measured({ value: 1, interval: null }),
      details: ['it crashed: out of memory'],
    })
    expect(numberOf(run.ttft)).toBe(20)
    expect(run.longContext[0]?.ttft.measured).toEqual(absent('it crashed: out of memory'))
  })
})
