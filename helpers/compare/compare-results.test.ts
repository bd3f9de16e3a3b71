import { describe, expect, test } from 'vitest'
import { compareWithBaseline, minimumEffect } from '../baselines/index.ts'
import { BadInputError } from '../errors.ts'
import type { MetricSamples } from '../reporting/index.ts'
import { around, exampleItem, exampleResults, exampleSamples, runsAt, runWith } from './example-results.ts'
import { compareResults, type NamedRun, regressionsIn } from './index.ts'

const threeStarts = [19.9, 20, 20.1]

const only = <T>(list: readonly T[]): T => {
  const [first, ...more] = list
  if (first === undefined || more.length > 0) throw new Error(`expected one, found ${list.length}`)
  return first
}

const compareMetric = (base: NamedRun[], head: NamedRun[]) => only(compareResults(base, head).metrics)

describe('with 3 starts in the base', () => {
  test.each([
    [[16, 16.1, 15.9], 'regressed', -0.2],
    [[24, 24.1, 23.9], 'improved', 0.2],
    [[20.1, 20, 20.2], 'no change', 0.005],
    [[18.9, 20.2, 21.6], 'within noise', 0.01],
  ])('a head at %j has %s', (levels, verdict, change) => {
    const metric = compareMetric(runsAt(threeStarts), runsAt(levels))
    expect(metric).toMatchObject({ state: 'judged', verdict, starts: { base: 3, head: 3 } })
    expect(metric).toHaveProperty('change', expect.closeTo(change, 3))
  })

  test('one start of the head gets what the gate says of it', () => {
    const gate = compareWithBaseline({
      ...exampleSamples([]),
      baselineRuns: threeStarts.map(around),
      samples: around(17),
      minimumEffect: minimumEffect('throughput', { scale: 16 }),
    })
    if (!('change' in gate)) expect.unreachable(gate.reason)
    const metric = compareMetric(runsAt(threeStarts), runsAt([17]))
    const { verdict, noise, interval, pValue, change } = gate
    expect(metric).toMatchObject({ verdict, noise, interval, pValue, change })
    expect(metric).toHaveProperty('reason', expect.stringContaining('measure another one to confirm it'))
  })

  test('a change on a disturbed host is inconclusive, and no regression', () => {
    const spoiledBy = 'the host was disturbed: other processes took 9.0 % of the CPU in batch 2'
    const comparison = compareResults(runsAt(threeStarts), [...runsAt([16, 16.1]), ...runsAt([15.9], { spoiledBy })])
    expect(only(comparison.metrics)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining(spoiledBy),
    })
    expect(regressionsIn(comparison)).toEqual([])
    expect(compareMetric(runsAt(threeStarts, { spoiledBy }), runsAt(threeStarts))).toMatchObject({
      verdict: 'no change',
    })
  })

  test('the least change of memory is that of the scaled model', () => {
    const memory = (mib: number, scale: number) =>
      runWith({
        samples: [
          exampleSamples(Array(8).fill(mib * 2 ** 20), {
            metric: '001.sequential-batches.memory',
            unit: 'bytes',
            better: 'lower',
            scale,
          }),
        ],
      })
    const change = (scale: number) =>
      compareMetric(
        [100, 100, 100].map(mib => memory(mib, scale)),
        [120, 120, 120].map(mib => memory(mib, scale)),
      )
    expect(change(16)).toMatchObject({ verdict: 'regressed' })
    expect(change(1)).not.toMatchObject({ verdict: 'regressed' })
  })

  test('the head needs 5 samples', () => {
    const few = runWith({ samples: [exampleSamples([10, 10, 10, 10])] })
    expect(compareMetric(runsAt(threeStarts), [few])).toMatchObject({
      verdict: 'unknown',
      interval: null,
      reason: 'The head has 4 samples; 5 are the least that a difference can be significant with.',
    })
  })
})

describe('with fewer starts in the base', () => {
  test('a change is told with the interval of its samples, and not called a regression', () => {
    const comparison = compareResults(runsAt([20]), runsAt([16]))
    const metric = only(comparison.metrics)
    expect(metric).toMatchObject({ state: 'unjudged', verdict: 'unknown', starts: { base: 1, head: 1 } })
    if (metric.state !== 'unjudged' || metric.interval === null) return expect.unreachable('no interval')
    expect(metric.change).toBeCloseTo(-0.2)
    expect(metric.interval[0]).toBeLessThan(-0.2)
    expect(metric.interval[1]).toBeGreaterThan(-0.2)
    expect(metric.interval[1]).toBeLessThan(-0.17)
    expect(metric.reason).toBe(
      'The base has 1 start of the engine, and what starts of the same code differ by can be learnt from 3: this change may ' +
        "be the starts' own noise. The samples of the runs do differ, but those of unchanged starts often do as well.",
    )
    expect(regressionsIn(comparison)).toEqual([])
  })

  test('so is none', () => {
    expect(compareMetric(runsAt([20, 20.1]), runsAt([20.05, 20, 20.1]))).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringMatching(
        /^The base has 2 starts .* The samples of the runs do not show a difference either\.$/,
      ),
    })
  })
})

describe('refused', () => {
  test.each<[Partial<MetricSamples>, string]>([
    [{ workload: 'other' }, 'measured with different workloads: 3f9c21aa, other'],
    [{ model: 'llama' }, 'measured with different models: qwen2.5-0.5b ÷ 16, llama'],
    [{ scale: 1 }, 'measured with different scales: ÷ 16, whole'],
    [{ unit: 'tokens/s' }, 'measured with different units: requests/s, tokens/s'],
    [{ better: 'lower' }, 'measured with different directions: higher is better, lower is better'],
  ])('%j', (changes, reason) => {
    const refused = { state: 'refused', metric: '001.sequential-batches.throughput', reason }
    expect(compareMetric(runsAt(threeStarts), runsAt(threeStarts, changes))).toEqual(refused)
    const mixed = [...runsAt([20, 20]), ...runsAt([20], changes)]
    expect(compareMetric(mixed, runsAt(threeStarts))).toMatchObject({ state: 'refused' })
  })

  test('what only one side has', () => {
    const none = runWith({ samples: [] })
    expect(compareMetric(runsAt([20]), [none])).toMatchObject({ state: 'refused', reason: 'only the base has it' })
    expect(compareMetric([none], runsAt([20]))).toMatchObject({ state: 'refused', reason: 'only the head has it' })
  })

  test('a metric of another version, and one at 0', () => {
    const odd = { metric: '001.sequential-batches.joules' }
    expect(compareMetric(runsAt([20], odd), runsAt([20], odd))).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('does not know which change of it counts'),
    })
    expect(compareMetric(runsAt([20, 20, 0]), runsAt([20]))).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('0 or less'),
    })
  })

  test('a run that is there twice, and a side without one', () => {
    const [run] = runsAt([20]) as [NamedRun]
    const copy = { ...run, name: 'copy' }
    expect(() => compareResults([run], [copy])).toThrow(BadInputError)
    expect(() => compareResults([run, copy], runsAt([20]))).toThrow(`${run.name} and copy are the same run`)
    expect(() => compareResults([], [run])).toThrow('the base has 0 runs and the head 1')
  })
})

describe('what differs', () => {
  test('engine, machine and profile, of all runs of a side; addresses do not count', () => {
    const engine = exampleResults().engine
    const on = (version: string, port: number) =>
      runWith({ engine: engine && { ...engine, version, arguments: ['-c', '4096', '--port', `${port}`] } })
    const { differences, cautions } = compareResults(
      [on('1.2', 4001), on('1.2', 4002)],
      [on('1.3', 4003), on('1.4', 4004), { ...on('1.3', 4005), name: 'x' }],
    )
    expect(differences).toEqual([{ what: 'engine version', base: '1.2', head: '1.3 / 1.4' }])
    expect(cautions).toEqual([
      'The runs of the head differ among themselves in engine version (1.3 / 1.4): that counts as noise here.',
    ])
  })

  test('another machine and profile', () => {
    const { host } = exampleResults()
    const other = runWith({ profile: 'standard', engine: null, host: { ...host, hardware: 'h200-141g-x1', cores: 16 } })
    expect(compareResults([runWith()], [other]).differences.map(({ what }) => what)).toEqual([
      'engine',
      'engine version',
      'engine runs as',
      'engine arguments',
      'hardware',
      'CPU',
      'profile',
    ])
  })
})

describe('criteria', () => {
  test('those whose verdict changed, the gravest first', () => {
    const base = [1, 2].map(() =>
      runWith({
        items: [
          exampleItem('a', 'pass', 0.04),
          exampleItem('b', 'pass'),
          exampleItem('c', 'fail', 0.2),
          exampleItem('d', 'pass'),
        ],
      }),
    )
    const head = runWith({
      items: [
        exampleItem('a', 'inconclusive', 0.09),
        exampleItem('b', 'fail'),
        exampleItem('c', 'fail', 0.3),
        exampleItem('e', 'pass'),
      ],
    })
    const { criteria, otherCriteria } = compareResults(base, [head])
    expect(criteria).toEqual([
      {
        id: 'b',
        base: [
          { verdict: 'pass', measured: null },
          { verdict: 'pass', measured: null },
        ],
        head: [{ verdict: 'fail', measured: null }],
      },
      {
        id: 'a',
        base: Array(2).fill({ verdict: 'pass', measured: { value: 0.04, unit: 'ratio' } }),
        head: [{ verdict: 'inconclusive', measured: { value: 0.09, unit: 'ratio' } }],
      },
    ])
    expect(otherCriteria).toEqual({ same: 1, onlyBase: 1, onlyHead: 1 })
  })
})

describe('numbers without samples', () => {
  const e2e = '001.sequential-batches.e2e-p50'
  const sides = (base: NonNullable<ReturnType<typeof runWith>['results']['metrics']>, head: typeof base) =>
    compareResults([runWith({ metrics: base })], [runWith({ metrics: head })])

  test('stand side by side with their change; those with samples do not', () => {
    const { values } = sides(
      [
        { id: e2e, unit: 'ms', value: 100 },
        { id: '001.sequential-batches.throughput', unit: 'requests/s', value: 20 },
        { id: 'delta', unit: 'bytes', value: -5 },
        { id: 'growth', unit: 'bytes', value: 5 },
        { id: 'gone', unit: 'ms', value: 1 },
        { id: 'absent', unit: 'ms', value: null, reason: 'no sensor' },
        { id: 'lost', unit: 'ms', value: 7 },
      ],
      [
        { id: e2e, unit: 'ms', value: 125 },
        { id: 'delta', unit: 'bytes', value: 5 },
        { id: 'growth', unit: 'bytes', value: -5 },
        { id: 'absent', unit: 'ms', value: null, reason: 'no sensor' },
        { id: 'lost', unit: 'ms', value: null, reason: 'no sensor' },
      ],
    )
    expect(values).toEqual([
      { id: e2e, unit: 'ms', base: 100, head: 125, change: 0.25 },
      { id: 'delta', unit: 'bytes', base: -5, head: 5, change: null },
      { id: 'growth', unit: 'bytes', base: 5, head: -5, change: null },
      { id: 'lost', unit: 'ms', base: 7, head: null, change: null },
    ])
  })

  test('several runs a side: the median', () => {
    const at = (value: number) => runWith({ metrics: [{ id: e2e, unit: 'ms', value }] })
    expect(compareResults([at(1), at(2), at(9)], [at(4)]).values).toEqual([
      { id: e2e, unit: 'ms', base: 2, head: 4, change: 1 },
    ])
  })

  test('of another unit, scale, model or workload are refused', () => {
    const { values, valuesRefused } = sides(
      [
        { id: 'a', unit: 'ms', value: 1 },
        { id: 'b', unit: 'ms', value: 1, scale: 16 },
      ],
      [
        { id: 'a', unit: 'count', value: 1 },
        { id: 'b', unit: 'ms', value: 1 },
      ],
    )
    expect(values).toEqual([])
    expect(valuesRefused).toEqual([
      '1 number of a: in different units (ms, count)',
      '1 number of b: with models of different scales (÷ 16, whole)',
    ])
    const { engine } = exampleResults()
    const metrics = [
      { id: e2e, unit: 'ms' as const, value: 100 },
      { id: '001.sequential-batches.ttft-p50', unit: 'ms' as const, value: 100 },
    ]
    const other = runWith({
      metrics,
      engine: engine && { ...engine, runs: engine.runs.map(run => ({ ...run, workload: 'other' })) },
    })
    expect(compareResults([runWith({ metrics })], [other])).toMatchObject({
      values: [],
      valuesRefused: [
        '2 numbers of 001.sequential-batches: measured with qwen2.5-0.5b ÷ 16 (scale 16), workload 3f9c21aa (64 prompt tokens, ' +
          '16 output tokens) on one side, qwen2.5-0.5b ÷ 16 (scale 16), workload other on the other',
      ],
    })
  })
})
