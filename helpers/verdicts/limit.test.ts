import { describe, expect, test } from 'vitest'
import { absent } from '../measured.ts'
import { observe } from '../observations/index.ts'
import { percent, seconds } from '../units.ts'
import { judgeLimit, judgeMeasured } from './index.ts'

const loadTime = (value: number, further = {}) =>
  observe({ id: '000.large-models.load-time', title: 'load time of qwen2.5-7b', unit: 'ms', value, ...further })
const below = { allowed: 'below', limit: seconds(60) } as const

describe('a limit', () => {
  test.for([
    [59_999, 'pass'],
    [60_000, 'fail'],
  ] as const)('%i ms below 60 s: %s', ([value, verdict]) => {
    expect(judgeLimit(loadTime(value), below)).toMatchObject({
      id: '000.large-models.load-time',
      title: 'load time of qwen2.5-7b is below 60.00 s',
      verdict,
      limit: 60_000,
    })
  })

  test('what is allowed at least, or at most, includes the limit', () => {
    for (const allowed of ['at least', 'at most'] as const)
      expect(judgeLimit(loadTime(60_000), { allowed, limit: seconds(60) }).verdict).toBe('pass')
    expect(judgeLimit(loadTime(59_000), { allowed: 'at least', limit: seconds(60) }).verdict).toBe('fail')
    expect(judgeLimit(loadTime(61_000), { allowed: 'at most', limit: seconds(60) }).verdict).toBe('fail')
  })

  test('an interval across it is inconclusive', () => {
    const estimate = { value: { value: 58_000, interval: [55_000, 61_000] } }
    expect(judgeLimit(loadTime(0, estimate), below)).toMatchObject({ verdict: 'inconclusive' })
  })

  test('for the whole model says nothing of a smaller one, and tells what was seen', () => {
    const small = loadTime(200, { scale: 16 })
    expect(judgeLimit(small, { ...below, wholeModel: true })).toMatchObject({
      verdict: 'not applicable',
      reason: expect.stringContaining('200 ms with one of 1/16 of its size'),
    })
    expect(judgeLimit(small, below).verdict).toBe('pass')
  })

  test('of what is absent is not applicable, of what the host spoiled inconclusive', () => {
    const none = loadTime(0, { value: absent('the engine loads nothing') })
    expect(judgeLimit(none, below)).toMatchObject({ verdict: 'not applicable', reason: 'the engine loads nothing' })
    const spoiled = loadTime(70_000, { spoiledBy: 'the host was disturbed' })
    expect(judgeLimit(spoiled, below)).toMatchObject({ verdict: 'inconclusive', reason: 'the host was disturbed' })
  })
})

describe('to have measured it', () => {
  const saving = observe({ id: '000.memory.saving', title: 'saving', unit: 'ratio', value: 0.7, details: ['by RSS'] })

  test('is a pass with the number, without a limit', () => {
    expect(judgeMeasured(saving)).toMatchObject({ verdict: 'pass', limit: null, line: '70.0 % · by RSS' })
  })

  test('is none where it is absent', () => {
    expect(judgeMeasured(observe({ ...saving, value: absent('no') }))).toMatchObject({ verdict: 'not applicable' })
  })

  test('is inconclusive where the host spoiled it, and its number is told all the same', () => {
    expect(judgeMeasured({ ...saving, spoiledBy: 'swapping' })).toMatchObject({
      verdict: 'inconclusive',
      line: '70.0 % · by RSS',
      reason: 'swapping',
    })
  })

  test('and a limit in per cent are told alike', () => {
    expect(judgeLimit(saving, { allowed: 'at least', limit: percent(50) }).title).toBe('saving is at least 50.0 %')
  })
})
