import { describe, expect, test } from 'vitest'
import { exampleStart } from './example-start.ts'
import { type Baseline, ratchet } from './index.ts'

const since = new Date(Date.UTC(2026, 11, 1))
const steps = [-0.01, -0.005, 0, 0.005, 0.01]

/** Starts at these levels, a day each; those of the new month are new. */
const runs = (month: 10 | 11, levels: readonly number[]): Baseline['metrics'][string]['runs'] =>
  levels.map((level, day) => ({
    at: new Date(Date.UTC(2026, month, day + 1)).toISOString(),
    commit: null,
    samples: steps.map(step => level * (1 + step)),
  }))

const old = runs(10, [20, 20.1, 19.9])

const fileOf = (
  metrics: Record<string, Baseline['metrics'][string]['runs']>,
  changes: Partial<Baseline> = {},
): Baseline => {
  const { hardware, engine, model, unit, better, workload } = exampleStart()
  const entries = Object.entries(metrics).map(([name, found]) => [
    name,
    { unit: unit as 'requests/s', better, workload, runs: found },
  ])
  return { schema: 1, hardware, engine, model, metrics: Object.fromEntries(entries), ...changes }
}

const turn = (before: Baseline | null, after: Baseline) =>
  ratchet({ before, after, since, effectOf: metric => (metric === 'odd' ? null : { relative: 0.05, absolute: 0 }) })

const levels = (baseline: Baseline, metric: string) => baseline.metrics[metric]?.runs.map(run => run.samples[2])

describe('ratchet', () => {
  test('takes the new starts of what improved, and leaves what did not as it was', () => {
    const newEngine = { ...exampleStart().engine, version: '4.0' }
    const before = fileOf({ better: old, same: old, worse: old, unasked: old })
    const after = fileOf(
      {
        better: [...old, ...runs(11, [24, 24.1, 23.9])],
        same: [...old, ...runs(11, [20.2, 20.1, 20.3])],
        worse: [...old, ...runs(11, [16, 16.1, 15.9])],
        unasked: old,
      },
      { engine: newEngine },
    )
    const { baseline, metrics } = turn(before, after)
    expect(levels(baseline, 'better')).toEqual([24, 24.1, 23.9])
    expect(levels(baseline, 'same')).toEqual([20, 20.1, 19.9])
    expect(levels(baseline, 'worse')).toEqual([20, 20.1, 19.9])
    expect(levels(baseline, 'unasked')).toEqual([20, 20.1, 19.9])
    expect(baseline.engine.version).toBe('4.0')
    expect(metrics).toEqual([
      {
        metric: 'better',
        state: 'taken',
        line: '24.0 req/s vs 20.0 req/s (+20.0 %) improved: the new starts replace the old ones',
      },
      { metric: 'same', state: 'left', line: '20.2 req/s vs 20.0 req/s (+1.0 %) no change: left as it was' },
      { metric: 'worse', state: 'left', line: '16.0 req/s vs 20.0 req/s (-20.0 %) regressed: left as it was' },
    ])
  })

  test('where nothing improved the file is what it was, its head too', () => {
    const before = fileOf({ same: old })
    const after = fileOf(
      { same: [...old, ...runs(11, [20, 20, 20])] },
      { engine: { ...exampleStart().engine, version: '4.0' } },
    )
    expect(turn(before, after).baseline).toEqual(before)
  })

  test('old starts that the newest 7 pushed out are still there to be held against', () => {
    const before = fileOf({ same: old })
    const { baseline } = turn(before, fileOf({ same: runs(11, [20, 20, 20, 20, 20, 20, 20]) }))
    expect(levels(baseline, 'same')).toEqual([20, 20.1, 19.9])
  })

  test('what has nothing to be held against is taken', () => {
    const fresh = runs(11, [20, 20, 20])
    expect(turn(null, fileOf({ a: fresh })).metrics).toMatchObject([{ state: 'taken' }])
    expect(turn(fileOf({ b: old }), fileOf({ a: fresh, b: old })).baseline.metrics).toHaveProperty('a')
    const otherModel = { ...exampleStart().model, bytes: 1 }
    expect(turn(fileOf({ a: old, b: old }), fileOf({ a: fresh }, { model: otherModel })).baseline).toEqual(
      fileOf({ a: fresh }, { model: otherModel }),
    )
    const after = fileOf({ a: fresh })
    const metric = after.metrics.a
    if (metric) metric.workload = 'other'
    expect(turn(fileOf({ a: old }), after)).toMatchObject({ baseline: after, metrics: [{ state: 'taken' }] })
  })

  test.each([
    ['too few new starts', { a: old }, { a: [...old, ...runs(11, [24, 24])] }, '3 starts before and after'],
    ['too few old starts', { a: old.slice(1) }, { a: [...old.slice(1), ...runs(11, [24, 24, 24])] }, '3 starts before'],
    ['an unknown metric', { odd: old }, { odd: [...old, ...runs(11, [24, 24, 24])] }, 'cannot be held against'],
  ])('%s: it is left as it was, and said so', (_, before, after, reason) => {
    const { baseline, metrics } = turn(fileOf(before as never), fileOf(after as never))
    expect(baseline).toEqual(fileOf(before as never))
    expect(metrics).toMatchObject([{ state: 'left', line: expect.stringContaining(reason) }])
  })
})
