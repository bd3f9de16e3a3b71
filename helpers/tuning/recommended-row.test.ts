import { expect, test } from 'vitest'
import { measured } from '../measured.ts'
import { gibibytes } from '../units.ts'
import { exampleBench, exampleRow, exampleRun, refusedRun } from './example-run.ts'
import { recommendedRow } from './recommended-row.ts'
import { trueBaseline } from './true-baseline.ts'
import type { TuningRun } from './tuning-run.ts'

const limits = { gpu: gibibytes(11), host: gibibytes(85) }
const baseline = exampleRun(exampleRow('baseline'), 100)
const again = exampleRun(exampleRow('baseline-again'), 105)
const recommended = (...runs: TuningRun[]): string => {
  const found = recommendedRow(runs, limits)
  return found.state === 'measured' ? found.value.run.row.id : found.reason
}

test('the fastest by its lower bound, of those that are faster with their whole interval', () => {
  const wide = {
    ...exampleRun(exampleRow('wide'), 0).throughput,
    measured: measured({ value: 220, interval: [150, 290] as const }),
  }
  const runs = [
    baseline,
    exampleRun(exampleRow('fast'), 180),
    { ...exampleRun(exampleRow('wide'), 220), throughput: wide },
    exampleRun(exampleRow('slow'), 80),
    again,
  ]
  expect(recommended(...runs)).toBe('fast')
})

test('the baseline, where the intervals of a faster row and of it meet', () => {
  expect(recommended(baseline, exampleRun(exampleRow('hardly'), 112), again)).toBe('baseline')
})

test('the baseline, where a row is faster than its first run and not than its last', () => {
  const drifted = exampleRun(exampleRow('baseline-again'), 200)
  expect(recommended(baseline, exampleRun(exampleRow('late'), 200), drifted)).toBe('baseline')
})

test('not one on a disturbed host', () => {
  const fast = exampleRun(exampleRow('fast'), 200)
  const disturbed = { ...fast, throughput: { ...fast.throughput, spoiledBy: 'the host was disturbed' } }
  expect(recommended(baseline, disturbed, again)).toBe('baseline')
  expect(recommended(baseline, fast, again)).toBe('fast')
})

test.for<[string, Parameters<typeof exampleRun>[2]]>([
  ['crashed', { data: { crash: 'CUDA error' } }],
  [
    'takes more of the GPU',
    {
      data: {
        memory: measured({ gpuBytes: measured(12 * 2 ** 30), hostBytes: measured(1), engineBytes: measured(1) }),
      },
    },
  ],
  [
    'takes more of the machine',
    {
      data: {
        memory: measured({ gpuBytes: measured(1), hostBytes: measured(90 * 2 ** 30), engineBytes: measured(1) }),
      },
    },
  ],
])('not one that %s', ([, given]) => {
  expect(recommended(baseline, exampleRun(exampleRow('fast'), 200, given), again)).toBe('baseline')
})

test('not one that lost a request', () => {
  const failed = { ...exampleBench([20, 20]), failed: [{ state: 'failed', failure: 'stall', message: 'it stood' }] }
  // Only what is counted and shown of a failure.
  const single = failed as unknown as ReturnType<typeof exampleBench>
  const fast = exampleRun(exampleRow('fast'), 200, { data: { single } })
  expect(fast.failures.details).toEqual(['the first failure: stall: it stood'])
  expect(recommended(baseline, fast, again)).toBe('baseline')
})

test('without a baseline that ran, the fastest that did; without any, why', () => {
  const dead = refusedRun(exampleRow('baseline'), 'no')
  expect(recommended(dead, exampleRun(exampleRow('a'), 50), exampleRun(exampleRow('b'), 60))).toBe('b')
  expect(recommended(dead)).toContain('no row started')
})

test('the true baseline is what does today what the plan meant, if it started', () => {
  const today = exampleRow('baseline-modern', { insteadOf: 'baseline' })
  const modern = exampleRun(today, 90)
  expect(trueBaseline([baseline, modern, again])).toEqual([modern])
  expect(trueBaseline([baseline, refusedRun(today, 'no GPU'), again])).toEqual([baseline, again])
  // What vLLM does by itself today is then a row like the others.
  expect(recommended(modern, exampleRun(exampleRow('baseline'), 150), again)).toBe('baseline')
})
