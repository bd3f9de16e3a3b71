import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { absent, type Measured, measured } from '../measured.ts'
import type { Estimate } from '../verdicts/index.ts'
import { capacityTable, DAY_MS, fitsWindow, marginOf, mostWithin, timeFor } from './index.ts'

const rateOf = (value: number, interval: Estimate['interval'] = null): Measured<Estimate> =>
  measured({ value, interval })

const numberOf = (estimate: Measured<Estimate>): number =>
  estimate.state === 'measured' ? estimate.value.value : Number.NaN

const intervalOf = (estimate: Measured<Estimate>): Estimate['interval'] =>
  estimate.state === 'measured' ? estimate.value.interval : null

const perSecond = fc.double({ min: 1e-3, max: 1e5, noNaN: true })
const margins = fc.double({ min: 0, max: 0.9, noNaN: true })

/** Rates with an interval around them. */
const rates = fc
  .tuple(perSecond, fc.double({ min: 0.01, max: 1, noNaN: true }), fc.double({ min: 1, max: 10, noNaN: true }))
  .map(([value, below, above]) => rateOf(value, [value * below, value * above]))

const requests = fc.integer({ min: 1, max: 1e9 })

/** Plan 002 rounds to so many decimals. Its numbers and the right ones go through the same check. */
const agrees = (found: number, told: number, decimals: number): boolean =>
  Math.abs(found - told) <= 0.5 * 10 ** -decimals * (1 + 1e-9)

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

describe('at 202 requests a second', () => {
  const rate = rateOf(202)

  /** Requests, how long they take in a unit and to how many decimals, and which share of 24 hours is left. */
  const right = [
    [100_000, 8.25, MINUTE_MS, 2, 99.43],
    [1_000_000, 1.375, HOUR_MS, 3, 94.27],
    [10_000_000, 13.75, HOUR_MS, 2, 42.7],
    [17_000_000, 23.38, HOUR_MS, 2, 2.59],
  ] as const

  test.for(right)('%i requests take %d', ([volume, time, unitMs, decimals, margin]) => {
    expect(agrees(numberOf(timeFor(volume, rate)) / unitMs, time, decimals)).toBe(true)
    expect(agrees(numberOf(marginOf(volume, rate)) * 100, margin, 2)).toBe(true)
    expect(fitsWindow(volume, rate)).toEqual(measured('yes'))
  })

  test('24 hours hold 17,452,800', () => {
    expect(mostWithin(rate)).toEqual(measured({ value: 17_452_800, interval: null }))
    expect(fitsWindow(17_452_801, rate)).toEqual(measured('no'))
  })

  /** What plan 002 says. */
  const wrong = [
    [100_000, 9.9, MINUTE_MS, 1, 95.8],
    [1_000_000, 1.65, HOUR_MS, 2, 93.1],
    [10_000_000, 16.5, HOUR_MS, 1, 31.3],
    [17_000_000, 23.8, HOUR_MS, 1, 0.8],
  ] as const

  test.for(wrong)('the plan is wrong about %i requests', ([volume, time, unitMs, decimals, margin]) => {
    expect(agrees(numberOf(timeFor(volume, rate)) / unitMs, time, decimals)).toBe(false)
    expect(agrees(numberOf(marginOf(volume, rate)) * 100, margin, 1)).toBe(false)
  })

  test('its table says so', () => {
    const table = capacityTable({ id: '002.spec.capacity', of: 'x', rate, notes: ['a note'] })
    expect(table).toEqual({
      id: '002.spec.capacity',
      title: 'What x gets done in 24 hours',
      columns: ['Requests', 'Time', 'Within 24 h', 'Margin'],
      rows: [
        ['100,000', '8.25 min', 'yes', '99.43 %'],
        ['1,000,000', '1.38 h', 'yes', '94.27 %'],
        ['10,000,000', '13.75 h', 'yes', '42.70 %'],
        ['17,000,000', '23.38 h', 'yes', '2.59 %'],
        ['at most 17,452,800', '24.00 h', '–', '0.00 %'],
      ],
      notes: ['a note'],
    })
  })
})

test('an interval is carried into every cell, and is not passed over by the word', () => {
  const { rows } = capacityTable({ id: 'x', of: 'x', rate: rateOf(202, [196, 208]) })
  expect(rows.at(-2)).toEqual(['17,000,000', '23.38 h [22.70 h, 24.09 h]', 'open', '2.59 % [-0.39 %, 5.40 %]'])
  expect(rows.at(-1)?.[0]).toBe('at most 17,452,800 [16,934,400, 17,971,200]')
})

describe('without a rate', () => {
  test('nothing is told, and the reason is', () => {
    const rate = absent('vLLM did not start')
    for (const found of [timeFor(1, rate), marginOf(1, rate), mostWithin(rate), fitsWindow(1, rate)])
      expect(found).toEqual(rate)
    const { rows, notes } = capacityTable({ id: 'x', of: 'x', rate })
    expect(rows.map(row => row.slice(1))).toEqual([
      ...Array.from({ length: 4 }, () => ['–', '–', '–']),
      ['24.00 h', '–', '0.00 %'],
    ])
    expect(rows.at(-1)?.[0]).toBe('at most –')
    expect(notes).toEqual(['vLLM did not start'])
  })

  test('a rate of 0 is none', () => {
    for (const found of [
      timeFor(1, rateOf(0)),
      marginOf(1, rateOf(0)),
      mostWithin(rateOf(0)),
      fitsWindow(1, rateOf(0)),
    ])
      expect(found).toMatchObject({ state: 'absent', reason: expect.stringContaining('no request') })
  })

  test('one that may be 0 gives times without an end, and promises nothing', () => {
    const rate = rateOf(100, [0, 200])
    expect(timeFor(1000, rate)).toEqual(measured({ value: 10_000, interval: null }))
    expect(fitsWindow(1, rate)).toEqual(measured('open'))
    expect(mostWithin(rate, { windowMs: 1000 })).toEqual(measured({ value: 100, interval: [0, 200] }))
  })
})

describe('whatever the rate', () => {
  test('more requests take longer and leave less', () => {
    fc.assert(
      fc.property(rates, requests, requests, (rate, a, b) => {
        const [fewer, more] = [Math.min(a, b), Math.max(a, b)]
        expect(numberOf(timeFor(fewer, rate))).toBeLessThanOrEqual(numberOf(timeFor(more, rate)))
        expect(numberOf(marginOf(fewer, rate))).toBeGreaterThanOrEqual(numberOf(marginOf(more, rate)))
      }),
    )
  })

  test('the ends of an interval are in order, and the value lies between them', () => {
    fc.assert(
      fc.property(rates, requests, (rate, volume) => {
        for (const found of [timeFor(volume, rate), marginOf(volume, rate), mostWithin(rate)]) {
          const [low = Number.NaN, high = Number.NaN] = intervalOf(found) ?? []
          expect(low).toBeLessThanOrEqual(numberOf(found))
          expect(high).toBeGreaterThanOrEqual(numberOf(found))
        }
      }),
    )
  })

  test('the most that fits does, and one more does not', () => {
    fc.assert(
      fc.property(perSecond, margins, (value, margin) => {
        const rate = rateOf(value)
        const most = numberOf(mostWithin(rate, { margin }))
        expect(Number.isInteger(most)).toBe(true)
        expect(fitsWindow(most, rate, { margin })).toEqual(measured('yes'))
        expect(fitsWindow(most + 1, rate, { margin })).toEqual(measured('no'))
      }),
    )
  })

  test('the margin of what a margin is kept for is that margin, but for the last request', () => {
    fc.assert(
      fc.property(perSecond, margins, (value, margin) => {
        const rate = rateOf(value)
        const left = numberOf(marginOf(numberOf(mostWithin(rate, { margin })), rate))
        expect(left).toBeGreaterThanOrEqual(margin - 1e-12)
        expect(left).toBeLessThan(margin + 1000 / value / DAY_MS + 1e-12)
      }),
    )
  })

  test('"yes" and "no" are said of the whole interval', () => {
    fc.assert(
      fc.property(rates, requests, (rate, volume) => {
        const [low = 0, high = 0] = intervalOf(marginOf(volume, rate)) ?? []
        const word = fitsWindow(volume, rate)
        if (word.state === 'absent') return expect.unreachable('there is a rate')
        // At the very limit rounding decides.
        if (Math.abs(low) > 1e-9 && Math.abs(high) > 1e-9)
          expect(word.value).toBe(low > 0 ? 'yes' : high < 0 ? 'no' : 'open')
      }),
    )
  })
})
