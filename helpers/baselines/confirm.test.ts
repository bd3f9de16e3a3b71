import { describe, expect, test } from 'vitest'
import { BadInputError } from '../errors.ts'
import { compareWithBaseline, confirmRegression, leaveUnconfirmed } from './index.ts'

const around = (level: number) => [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2].map(step => level + step)

const start = (level: number, { metric = '001.sequential-batches.ttft-p50', n = 9, starts = 5 } = {}) =>
  compareWithBaseline({
    metric,
    unit: 'ms',
    better: 'lower',
    baselineRuns: [99, 99.5, 100, 100.5, 101].slice(0, starts).map(around),
    samples: around(level).slice(0, n),
    minimumEffect: { relative: 0.05, absolute: 0 },
  })

describe('confirmRegression', () => {
  test('is confirmed by a second start that regressed too', () => {
    expect(confirmRegression(start(120), start(118))).toEqual({
      state: 'confirmed',
      fails: true,
      line: 'ttft p50 regression confirmed on a second start: +20.0 %, then +18.0 %',
    })
  })

  test.each([
    [100, 'no change', '+0.0 % (no change)'],
    [104.5, 'within noise', '+4.5 % (within noise)'],
    [80, 'improved', '-20.0 % (improved): the machine is unsteady'],
  ])('is not reproduced by a second start at %d ms (%s)', (level, verdict, words) => {
    const second = start(level)
    expect(second.verdict).toBe(verdict)
    const confirmation = confirmRegression(start(120), second)
    expect(confirmation).toMatchObject({ state: 'not reproduced', fails: false })
    expect(confirmation.line).toContain(`not reproduced on a second start: +20.0 %, then ${words}`)
  })

  test.each([
    ['too few samples', start(120, { n: 4 })],
    ['no baseline', start(120, { starts: 0 })],
  ])('stays unconfirmed and fails with %s', (_, second) => {
    expect(confirmRegression(start(120), second)).toMatchObject({
      state: 'unconfirmed',
      fails: true,
      line: `ttft p50 regression unconfirmed: +20.0 %; no second opinion: ${second.reason}`,
    })
  })

  test('refuses what is no regression, and another metric', () => {
    expect(() => confirmRegression(start(100), start(120))).toThrow(BadInputError)
    expect(() => confirmRegression(start(120), start(120, { metric: 'a.b' }))).toThrow(
      'the second measurement is of a.b',
    )
  })
})

describe('leaveUnconfirmed', () => {
  test('fails with the reason', () => {
    expect(leaveUnconfirmed(start(120), 'the engine is not ours to restart')).toEqual({
      state: 'unconfirmed',
      fails: true,
      line: 'ttft p50 regression unconfirmed: +20.0 %; no second opinion: the engine is not ours to restart',
    })
  })

  test('refuses what is no regression', () => {
    expect(() => leaveUnconfirmed(start(100), 'x')).toThrow('its verdict is "no change"')
  })
})
