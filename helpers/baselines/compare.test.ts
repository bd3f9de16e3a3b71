import { describe, expect, test } from 'vitest'
import { type ComparisonInput, compareWithBaseline, type MetricKind, minimumEffect, noBaseline } from './index.ts'

const steps = [-0.02, -0.01, -0.005, 0, 0.005, 0.01, 0.02, -0.015, 0.015, 0.001]

/** Ten samples around a median of `level`, within 2 %. */
const around = (level: number) => steps.map(step => level * (1 + step - 0.0005))

/** Five starts around 100 ms that differ by 1 % (SD 0.8 %). */
const quiet = [99, 99.5, 100, 100.5, 101].map(around)
/** Five starts around 100 ms that differ by 30 %. */
const restless = [85, 92, 100, 108, 115].map(around)

const compare = (changes: Partial<ComparisonInput>) =>
  compareWithBaseline({
    metric: '001.sequential-batches.ttft-p50',
    unit: 'ms',
    better: 'lower',
    baselineRuns: quiet,
    samples: around(100),
    minimumEffect: { relative: 0.05, absolute: 0 },
    ...changes,
  })

describe('compareWithBaseline', () => {
  test('judges medians and says what it rests on', () => {
    const comparison = compare({ samples: around(120) })
    expect(comparison).toMatchObject({ verdict: 'regressed', n: 10, starts: 5, better: 'lower', unit: 'ms' })
    if (comparison.verdict !== 'regressed') return
    expect(comparison.now).toBeCloseTo(120)
    expect(comparison.baseline).toBeCloseTo(100)
    expect(comparison.change).toBeCloseTo(0.2)
    expect(comparison.interval[0]).toBeLessThan(comparison.change)
    expect(comparison.interval[1]).toBeGreaterThan(comparison.change)
    // Prior 5 % / 3, observed SD 0.79057 %: s̃ = √((4 · 1.66667² + 4 · 0.79057²) / 8) = 1.30437 %,
    // times t 2.89646 and √(1 + π/10) = 1.14636.
    expect(comparison.noise).toBeCloseTo(0.043311, 5)
    expect(comparison.line).toBe('ttft p50 120 ms vs 100 ms (+20.0 %, noise 4.3 %, p < 0.001) regressed')
    expect(comparison.reason).toBe(
      'Worse by more than the least change that counts (5.0 %) and the noise between starts (4.3 %). ' +
        'Meant? Record it: `npm run baseline -- --replace`.',
    )
  })

  test.each([
    ['lower', 120, 'regressed'],
    ['lower', 80, 'improved'],
    ['higher', 120, 'improved'],
    ['higher', 80, 'regressed'],
  ] as const)('where %s is better, 100 → %d is %s', (better, level, verdict) => {
    expect(compare({ better, samples: around(level) }).verdict).toBe(verdict)
  })

  test('an improvement asks to be recorded', () => {
    expect(compare({ samples: around(80) }).reason).toContain('Hold it: `npm run baseline -- --improved`.')
  })

  test('no change is claimed only where the whole interval is inside the minimum effect', () => {
    expect(compare({ samples: around(100.5) })).toMatchObject({ verdict: 'no change' })
    expect(compare({ samples: around(100.5), minimumEffect: { relative: 0.01, absolute: 0 } })).toMatchObject({
      verdict: 'within noise',
      reason: expect.stringContaining('Less than the least change that counts (1.0 %), but up to'),
    })
    expect(compare({ samples: around(100), baselineRuns: restless })).toMatchObject({ verdict: 'within noise' })
  })

  test('a significant change smaller than the minimum effect is no regression', () => {
    const comparison = compare({ samples: around(104) })
    expect(comparison).toMatchObject({ verdict: 'within noise' })
    if (comparison.verdict === 'within noise') expect(comparison.pValue).toBeLessThan(0.01)
  })

  test('a change smaller than the noise between starts is within noise, and the advice is to record more', () => {
    expect(compare({ samples: around(120), baselineRuns: restless })).toMatchObject({
      verdict: 'within noise',
      reason: expect.stringContaining('Less than the noise between starts'),
    })
  })

  test('a large change of the median that is not significant is within noise', () => {
    const scattered = [60, 80, 100, 101, 115, 116, 140, 180].map(value => value * 1.05)
    expect(compare({ samples: scattered })).toMatchObject({
      verdict: 'within noise',
      reason: expect.stringContaining('Not significant'),
    })
  })

  test('the absolute part of the minimum effect keeps tiny values quiet', () => {
    expect(compare({ samples: around(120), minimumEffect: { relative: 0.05, absolute: 19 } }).verdict).toBe('regressed')
    expect(compare({ samples: around(120), minimumEffect: { relative: 0.05, absolute: 21 } }).verdict).not.toBe(
      'regressed',
    )
  })

  test('memory that is the same to the byte is no change, and one that grew by a constant regressed', () => {
    const constant = (value: number) => Array<number>(8).fill(value)
    const baselineRuns = Array.from({ length: 3 }, () => constant(10 * 2 ** 30))
    const memory = { unit: 'bytes', baselineRuns, minimumEffect: minimumEffect('memory') } as const
    expect(compare({ ...memory, samples: constant(10 * 2 ** 30) }).verdict).toBe('no change')
    expect(compare({ ...memory, samples: constant(10.5 * 2 ** 30) }).verdict).toBe('regressed')
  })

  test.each([
    [1, 'needs 2 more starts', '--starts 2'],
    [2, 'needs 1 more start', '--starts 1'],
  ])('with %d starts it is unknown, whatever was measured', (starts, needs, advice) => {
    const comparison = compare({ baselineRuns: quiet.slice(0, starts), samples: around(300) })
    expect(comparison).toMatchObject({ verdict: 'unknown', starts, line: `ttft p50 300 ms unknown (${needs})` })
    expect(comparison.reason).toContain(advice)
  })

  test('three starts are enough', () => {
    expect(compare({ baselineRuns: quiet.slice(1, 4), samples: around(120) }).verdict).toBe('regressed')
  })

  test.each([
    [[], 'ttft p50 unknown (needs 5 more samples)'],
    [[300, 300, 300, 300], 'ttft p50 300 ms unknown (needs 1 more sample)'],
  ])('the samples %j are too few', (samples, line) => {
    expect(compare({ samples })).toMatchObject({ verdict: 'unknown', line })
  })

  test('five samples are enough', () => {
    expect(compare({ samples: around(120).slice(0, 5) }).verdict).toBe('regressed')
  })

  test('a baseline that is not above 0 cannot be compared with', () => {
    expect(compare({ baselineRuns: [...quiet, [0, 0, 0]] })).toMatchObject({
      verdict: 'unknown',
      line: 'ttft p50 100 ms unknown (the baseline is not above 0)',
    })
  })

  test('without a baseline it says so', () => {
    expect(compare({ baselineRuns: [] })).toMatchObject({
      verdict: 'no baseline',
      starts: 0,
      line: 'ttft p50 100 ms no baseline',
      reason: expect.stringContaining('`npm run baseline`'),
    })
  })

  test('noBaseline passes the reason on', () => {
    const comparison = noBaseline(
      { metric: 'a.b', unit: 'tokens/s', better: 'higher', samples: [] },
      'The baseline is for another workload.',
    )
    expect(comparison).toMatchObject({
      verdict: 'no baseline',
      line: 'b no baseline',
      reason: 'The baseline is for another workload.',
    })
  })
})

describe('minimumEffect', () => {
  test.each<[MetricKind, number, number]>([
    ['throughput', 0.05, 0],
    ['tpot p50', 0.05, 0.1],
    ['ttft p50', 0.1, 2],
    ['p95', 0.15, 5],
    ['memory', 0.02, 2 ** 28],
  ])('%s', (kind, relative, absolute) => {
    expect(minimumEffect(kind)).toEqual({ relative, absolute })
  })

  test('bytes scale with the model, times do not', () => {
    expect(minimumEffect('memory', { scale: 16 })).toEqual({ relative: 0.02, absolute: 2 ** 24 })
    expect(minimumEffect('ttft p50', { scale: 16 })).toEqual({ relative: 0.1, absolute: 2 })
  })
})
