import { describe, expect, test } from 'vitest'
import { type Scenario, simulate } from './simulation.ts'

// Few baselines and a fixed seed, so the limits leave room around the table in compareWithBaseline's docstring; a rule
// without the noise between starts gives 3 % alarms in the second row and 15 % in the third.
const rates = (within: number, between: number, shift: number, changes: Partial<Scenario> = {}) =>
  simulate({
    within,
    between,
    shift,
    starts: 5,
    samplesPerStart: 10,
    baselines: 40,
    runsPerBaseline: 10,
    seed: 7,
    ...changes,
  })

describe('on unchanged code', () => {
  test.each([
    [0.01, 0.005, 0, 0],
    [0.02, 0.02, 0.02, 0.0025],
    [0.03, 0.04, 0.06, 0.0125],
  ])('SD %d within and %d between starts: at most %d alarms, %d confirmed', (within, between, alarms, confirmed) => {
    const unchanged = rates(within, between, 0)
    expect(unchanged.regressed).toBeLessThanOrEqual(alarms)
    expect(unchanged.confirmed).toBeLessThanOrEqual(confirmed)
  })

  test('ten runs against one baseline: at most one alarm, none confirmed', () => {
    const unchanged = rates(0.02, 0.02, 0)
    expect(unchanged.atMostOneRegressed).toBeGreaterThanOrEqual(0.95)
    expect(unchanged.noneConfirmed).toBeGreaterThanOrEqual(0.97)
  })

  test('three starts are no excuse', () => {
    expect(rates(0.02, 0.02, 0, { starts: 3 }).regressed).toBeLessThanOrEqual(0.02)
  })
})

describe('on slower code', () => {
  test.each([
    [0.01, 0.005, 0.1, 1],
    [0.02, 0.02, 0.1, 0.75],
    [0.02, 0.02, 0.2, 1],
    [0.03, 0.04, 0.2, 0.85],
  ])('SD %d within and %d between starts, %d slower: at least %d confirmed', (within, between, shift, least) => {
    const slower = rates(within, between, shift)
    expect(slower.confirmed).toBeGreaterThanOrEqual(least)
    expect(slower.noChange).toBe(0)
  })

  test('ten runs that are 20 % slower: at least nine confirmed', () => {
    expect(rates(0.02, 0.02, 0.2).nineTenthsConfirmed).toBe(1)
  })
})

test('the same seed gives the same numbers', () => {
  const small = { baselines: 5 }
  expect(rates(0.03, 0.04, 0.1, small)).toEqual(rates(0.03, 0.04, 0.1, small))
})
