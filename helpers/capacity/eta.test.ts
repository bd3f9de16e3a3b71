import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, etaInWords, etaOf } from './index.ts'

const HOUR_MS = 3_600_000

/** 100,000 requests within 24 hours, 1,024 of them outstanding. */
const batch = { total: 100_000, inFlight: 1024, windowMs: DAY_MS }

describe('a batch that runs', () => {
  test('at twice the rate that it needs is on track', () => {
    const eta = etaOf({ ...batch, done: 50_000, elapsedMs: 6 * HOUR_MS })
    expect(eta).toMatchObject({ state: 'on track' })
    if (eta.state === 'on track') expect(eta.spareMs / HOUR_MS).toBeCloseTo(12.1, 1)
  })

  test('at half of it will miss its window, by as much again', () => {
    const eta = etaOf({ ...batch, done: 25_000, elapsedMs: 12 * HOUR_MS })
    expect(eta).toMatchObject({ state: 'will miss' })
    if (eta.state === 'will miss') expect(eta.byMs / HOUR_MS).toBeCloseTo(23, 0)
  })

  test('is too early to tell of before enough of it is done, whatever the rate', () => {
    expect(etaOf({ ...batch, done: 0, elapsedMs: 0 })).toEqual({ state: 'too early' })
    expect(etaOf({ ...batch, done: 3, elapsedMs: 1000 })).toEqual({ state: 'too early' })
    // The whole first wave may be about to end.
    expect(etaOf({ ...batch, done: 0, elapsedMs: 0.2 * HOUR_MS })).toEqual({ state: 'too early' })
  })

  test('is not told of while the interval lies across the window', () => {
    const near = etaOf({ ...batch, done: 50_000, elapsedMs: 12 * HOUR_MS })
    expect(near).toEqual({ state: 'too early' })
  })

  test('of which nothing was done will miss for sure when even what is in flight came too late', () => {
    expect(etaOf({ ...batch, done: 0, elapsedMs: 12 * HOUR_MS })).toMatchObject({ state: 'will miss' })
  })

  test('that hangs misses by what has passed since its window', () => {
    const eta = etaOf({ ...batch, done: 0, inFlight: 0, elapsedMs: 25 * HOUR_MS })
    expect(eta).toEqual({ state: 'will miss', endMs: 25 * HOUR_MS, byMs: HOUR_MS })
  })
})

describe('a batch that is done', () => {
  test('was on track, or missed by what it took longer', () => {
    const done = { ...batch, done: batch.total, inFlight: 0 }
    expect(etaOf({ ...done, elapsedMs: HOUR_MS })).toEqual({ state: 'on track', endMs: HOUR_MS, spareMs: 23 * HOUR_MS })
    expect(etaOf({ ...done, elapsedMs: 26 * HOUR_MS })).toMatchObject({ state: 'will miss', byMs: 2 * HOUR_MS })
  })
})

test('waves that end together raise no false alarm: 100 slots, ends 30 s apart, a window with 10 % to spare', () => {
  const slots = 100
  const waves = 200
  const windowMs = waves * 30_000 * 1.1
  for (let elapsedMs = 0; elapsedMs < waves * 30_000; elapsedMs += 1000) {
    const done = Math.floor(elapsedMs / 30_000) * slots
    const eta = etaOf({ total: waves * slots, done, inFlight: slots, elapsedMs, windowMs })
    expect(eta.state).not.toBe('will miss')
  }
})

describe('whatever the batch', () => {
  const progress = fc
    .record({
      total: fc.integer({ min: 1, max: 1e8 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      inFlight: fc.integer({ min: 0, max: 5000 }),
      elapsedMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
      windowMs: fc.double({ min: 1, max: 1e9, noNaN: true }),
    })
    .map(({ share, inFlight, ...rest }) => {
      const done = Math.floor(share * rest.total)
      return { ...rest, done, inFlight: Math.min(inFlight, rest.total - done) }
    })

  test('the word agrees with the number, and no end lies in the past', () => {
    fc.assert(
      fc.property(progress, input => {
        const eta = etaOf(input)
        if (eta.state === 'too early') return
        expect(Number.isFinite(eta.endMs)).toBe(true)
        expect(eta.endMs).toBeGreaterThanOrEqual(input.elapsedMs)
        expect(eta.state).toBe(eta.endMs <= input.windowMs ? 'on track' : 'will miss')
        const beside = eta.state === 'on track' ? -eta.spareMs : eta.byMs
        expect(beside).toBeCloseTo(eta.endMs - input.windowMs, 3)
      }),
    )
  })

  test('a longer window never turns "on track" into a miss', () => {
    fc.assert(
      fc.property(progress, fc.double({ min: 1, max: 10, noNaN: true }), (input, factor) => {
        const longer = etaOf({ ...input, windowMs: input.windowMs * factor })
        if (etaOf(input).state === 'on track') expect(longer.state).toBe('on track')
        if (longer.state === 'will miss') expect(etaOf(input).state).toBe('will miss')
      }),
    )
  })
})

test('in words', () => {
  expect(etaInWords({ state: 'too early' })).toBe('too early to tell when it will be done')
  expect(etaInWords({ state: 'on track', endMs: 12 * HOUR_MS, spareMs: 12 * HOUR_MS })).toBe(
    'on track: done after 12.0 h, 12.0 h before its window ends',
  )
  expect(etaInWords({ state: 'will miss', endMs: 26 * HOUR_MS, byMs: 2 * HOUR_MS })).toBe(
    'will miss its window by 2.0 h: done after 26.0 h',
  )
})
