import { describe, expect, type MatcherState, test } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import { absent } from '../measured.ts'
import { type Observation, observe } from '../observations/index.ts'
import { count, mebibytesPerSecond, seconds } from '../units.ts'
import { assessmentsRecorded, matchers } from './index.ts'

expect.extend(matchers)

const loadTime = (value: number, further = {}) =>
  observe({ id: '000.large-models.load-time', title: 'load time of qwen2.5-7b', unit: 'ms', value, ...further })
const swapRate = (mib: number, further = {}) =>
  observe({
    id: '000.large-models.swap-rate',
    title: 'swap rate',
    unit: 'bytes/s',
    value: mebibytesPerSecond(mib).value,
    ...further,
  })
const mixedUp = (value: number, further = {}) =>
  observe({ id: '000.concurrency.mixed-up', title: 'answers mixed up', unit: 'count', value, ...further })

const cases = [
  {
    matcher: 'toStayBelow',
    good: loadTime(59_999),
    bad: loadTime(60_000),
    across: loadTime(0, { value: { value: 58_000, interval: [55_000, 61_000] } }),
    unlike: count(60),
    positive: (o: unknown) => expect(o).toStayBelow(seconds(60)),
    negative: (o: unknown) => expect(o).not.toStayBelow(seconds(60)),
    direct: (state: MatcherState, o: unknown) => matchers.toStayBelow.call(state, o, seconds(60)),
  },
  {
    matcher: 'toReach',
    good: swapRate(200),
    bad: swapRate(199),
    across: swapRate(0, { value: { value: 200 * 2 ** 20, interval: [190 * 2 ** 20, 210 * 2 ** 20] } }),
    unlike: seconds(1),
    positive: (o: unknown) => expect(o).toReach(mebibytesPerSecond(200)),
    negative: (o: unknown) => expect(o).not.toReach(mebibytesPerSecond(200)),
    direct: (state: MatcherState, o: unknown) => matchers.toReach.call(state, o, mebibytesPerSecond(200)),
  },
  {
    matcher: 'toBeAtMost',
    good: mixedUp(0),
    bad: mixedUp(1),
    across: mixedUp(0, { value: { value: 0, interval: [0, 2] } }),
    unlike: seconds(1),
    positive: (o: unknown) => expect(o).toBeAtMost(count(0)),
    negative: (o: unknown) => expect(o).not.toBeAtMost(count(0)),
    direct: (state: MatcherState, o: unknown) => matchers.toBeAtMost.call(state, o, count(0)),
  },
] as const

/** A matcher's state outside of a test, where what would skip the test is told as an error. */
const outside = (isNot: boolean) => ({ isNot }) as MatcherState

describe.for(cases)('$matcher', ({ matcher, good, bad, across, positive, negative, direct }) => {
  test('passes inside the limit and fails outside', () => {
    positive(good)
    expect(() => positive(bad)).toThrow(bad.title)
  })

  test('is the other way round under .not', () => {
    negative(bad)
    expect(() => negative(good)).toThrow('and it was expected not to')
  })

  test.for([false, true])('knows nothing in either direction where nothing is known (.not: %s)', isNot => {
    const judge = (observation: Observation) => () => direct(outside(isNot), observation)
    expect(judge(across)).toThrow('inconclusive: the interval lies across the limit')
    expect(judge({ ...good, measured: absent('no sensor') })).toThrow('not applicable: no sensor')
    expect(judge({ ...good, spoiledBy: 'the host was disturbed' })).toThrow('inconclusive: the host was disturbed')
    expect(judge(across)).toThrow(CouldNotMeasureError)
  })

  test('refuses what is no observation', () => {
    for (const wrong of [42, null, undefined, 'a string', {}, { value: 1, unit: good.unit }])
      expect(() => positive(wrong)).toThrow(`${matcher} judges an observation, which observe() makes; it was given`)
  })

  test('refuses a number in another unit than its limit', () => {
    const other = { ...good, unit: 'celsius' as const }
    expect(() => positive(other)).toThrow(`${matcher}: ${good.id} is in celsius, its limit in ${good.unit}`)
  })
})

describe('a limit for the whole model', () => {
  const scaled = loadTime(412, { scale: 16 })

  test.for([false, true])('says nothing of a smaller one (.not: %s)', isNot => {
    const judge = () => matchers.toStayBelow.call(outside(isNot), scaled, seconds(60), { wholeModel: true })
    expect(judge).toThrow('the limit is for the whole model; 412 ms with one of 1/16 of its size')
  })

  test('judges the whole one, and a smaller one where it is not said to be for the whole', () => {
    expect(loadTime(412)).toStayBelow(seconds(60), { wholeModel: true })
    expect(scaled).toStayBelow(seconds(60))
  })
})

describe('toBeMeasured', () => {
  const saving = observe({ id: '000.memory.saving', title: 'saving', unit: 'ratio', value: 0.7, n: 3 })
  const judge = (isNot: boolean, observation: Observation) => () =>
    matchers.toBeMeasured.call(outside(isNot), observation)

  test('passes with a number, in any unit, and so fails under .not', () => {
    expect(saving).toBeMeasured()
    expect(mixedUp(0)).toBeMeasured()
    expect(() => expect(saving).not.toBeMeasured()).toThrow('saving is measured, and it was expected not to')
  })

  test.for([false, true])('is open without one (.not: %s)', isNot => {
    expect(judge(isNot, { ...saving, measured: absent('no knob') })).toThrow('not applicable: no knob')
    expect(judge(isNot, { ...saving, spoiledBy: 'swapping' })).toThrow('inconclusive: swapping')
  })

  test('refuses what is no observation', () => {
    expect(() => expect(0.7).toBeMeasured()).toThrow('toBeMeasured judges an observation, which observe() makes')
  })
})

test('failure texts say what was measured, what is allowed, by how much, on how much data, where to look', () => {
  const slow = loadTime(72_000, { n: 3, data: '3 loads', details: ['cold'] })
  expect(() =>
    expect(slow).toStayBelow(seconds(60), { advice: ['read rate of the disk during the load'] }),
  ).toThrowErrorMatchingInlineSnapshot(`
    [Error: load time of qwen2.5-7b is below 60.00 s
      72.00 s (limit 60.00 s), missed by 12.00 s · cold · 3 loads
      look at: read rate of the disk during the load]
  `)
  expect(() => expect(swapRate(150)).toReach(mebibytesPerSecond(200))).toThrowErrorMatchingInlineSnapshot(`
    [Error: swap rate is at least 200 MiB/s
      150 MiB/s (limit 200 MiB/s), missed by 50.0 MiB/s · 1 reading]
  `)
  expect(() => expect(mixedUp(3)).toBeAtMost(count(0))).toThrowErrorMatchingInlineSnapshot(`
    [Error: answers mixed up is at most 0
      3 (limit 0), missed by 3 · 1 reading]
  `)
})

test('what is judged is recorded as a number too, whatever the verdict', async ({ task }) => {
  const [good, bad] = [mixedUp(0), loadTime(72_000)]
  expect(good).toBeAtMost(count(0))
  expect(() => expect(bad).toStayBelow(seconds(60))).toThrow()
  await assessmentsRecorded()
  const recorded = task.artifacts.flatMap(a => (a.type === 'perf:observation' ? [a.observation] : []))
  expect(recorded).toEqual([good, bad])
})
