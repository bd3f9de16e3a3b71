import { describe, expect, test } from 'vitest'
import { gateArguments } from './index.ts'

describe('arguments of the gate', () => {
  test('all of perf/ unless said', () => {
    expect(gateArguments([])).toEqual({ filters: ['perf/'], shard: null })
    expect(gateArguments(['perf/a', 'perf/b'])).toEqual({ filters: ['perf/a', 'perf/b'], shard: null })
  })

  test('a shard is i of n', () => {
    expect(gateArguments(['--shard', '2/3'])).toEqual({ filters: ['perf/'], shard: { index: 2, count: 3 } })
    expect(gateArguments(['--shard=1/1', 'perf/a'])).toMatchObject({ shard: { index: 1, count: 1 } })
  })

  test('--help', () => {
    expect(gateArguments(['--help', 'perf/'])).toBe('help')
  })

  test.for<[args: string[], message: string]>([
    [['--shard', '3/2'], '--shard is "3/2"; allowed: 1/3, 2/3, 3/3'],
    [['--shard', '0/2'], '--shard is "0/2"'],
    [['--shard', 'x'], '--shard is "x"'],
    [['--shard'], "'--shard <value>' argument missing"],
    [['--update'], "Unknown option '--update'"],
    [['--', '-u'], '"-u" is no filter'],
  ])('%j is refused', ([args, message]) => {
    expect(() => gateArguments(args)).toThrow(message)
  })
})
