import { describe, expect, test } from 'vitest'
import { judgeStarts, type StartsInput } from './index.ts'

const steps = [-0.02, -0.01, -0.005, 0, 0.005, 0.01, 0.02, -0.015, 0.015, 0.001]

/** Ten samples around a median of `level`, within 2 %. */
const around = (level: number) => steps.map(step => level * (1 + step - 0.0005))

const judge = (changes: Partial<StartsInput>) =>
  judgeStarts({
    better: 'lower',
    base: [99, 99.5, 100, 100.5, 101].map(around),
    head: [119, 120, 121].map(around),
    minimumEffect: { relative: 0.05, absolute: 0 },
    ...changes,
  })

describe('judgeStarts', () => {
  test('learns the noise from the starts of both sides, and less of it is left of several new ones', () => {
    const judgement = judge({})
    expect(judgement).toMatchObject({ verdict: 'regressed', minimum: 0.05 })
    expect(judgement.baseline).toBeCloseTo(100)
    expect(judgement.now).toBeCloseTo(120)
    expect(judgement.change).toBeCloseTo(0.2)
    // Prior 5 % / 3; SD 0.79057 % of the base: s̃² = (4 · 1.66667² + 4 · 0.79057²) / 8 = 1.70139; 0.83333 % of the head:
    // r̃² = (4 · 1.66667² + 2 · 0.83333²) / 6 = 2.08333. √(2.08333 · π/6 + 1.70139 · π/10) = 1.27489 % with 11.29 degrees
    // of freedom, t = 2.7067.
    expect(judgement.noise).toBeCloseTo(0.034507, 5)
  })

  test('the noise of two new starts is that of their mean', () => {
    // SD 0.70711 % of the head: r̃² = (4 · 1.66667² + 0.5) / 5 = 2.32222. √(2.32222 / 2 + 1.70139 · π/10) = 1.30220 %
    // with 9.42 degrees of freedom, t = 2.7958.
    expect(judge({ head: [119.4, 120.6].map(level => around(level)) }).noise).toBeCloseTo(0.036405, 5)
  })

  test('one new start is judged as the gate does', () => {
    // Prior 5 % / 3, SD 0.79057 %: s̃ = 1.30437 %, times t 2.89646 and √(1 + π/10) = 1.14636.
    expect(judge({ head: [around(120)] }).noise).toBeCloseTo(0.043311, 5)
  })

  test('a head that scatters more is noisier', () => {
    const steady = judge({ head: [119, 120, 121].map(around) })
    const restless = judge({ head: [100, 120, 140].map(around) })
    expect(restless.noise).toBeGreaterThan(2 * steady.noise)
    expect(restless.verdict).toBe('within noise')
  })

  test('the median of the starts counts, not a single bad one', () => {
    expect(judge({ head: [100, 100, 160].map(around) }).verdict).toBe('within noise')
  })

  test('more than 7 starts a side are taken', () => {
    expect(judge({ base: Array(9).fill(around(100)), head: Array(12).fill(around(100)) }).verdict).toBe('no change')
  })

  test.each([
    [2, 1],
    [3, 0],
  ])('%d starts of the base and %d of the head are a mistake of the caller', (base, head) => {
    const starts = (n: number) => Array.from({ length: n }, () => around(100))
    expect(() => judge({ base: starts(base), head: starts(head) })).toThrow()
  })
})
