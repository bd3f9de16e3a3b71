import { describe, expect, test } from 'vitest'
import { exampleItem, exampleResults } from './example-results.ts'
import { type Merge, type ShardEnd, shardsOutcome } from './index.ts'

const merged: Merge = {
  state: 'merged',
  results: exampleResults([exampleItem('001.a.ok', 'pass'), exampleItem('001.a.open', 'inconclusive')]),
  notes: ['shard 2 was measured on another machine'],
}

/** Shards that ended with these exit codes. */
const ended = (...codes: number[]): ShardEnd[] =>
  codes.map((exitCode, i) => ({
    record: { schema: 1, exitCode, shard: { index: i + 1, count: codes.length }, lastWords: [`words of ${i + 1}`] },
    results: null,
  }))

describe('the exit code of all shards', () => {
  test.for<[codes: number[], exitCode: number]>([
    [[0], 0],
    [[0, 0, 0], 0],
    [[0, 1, 3, 2], 1],
    [[3, 2, 130], 2],
    [[3, 143, 0], 143],
    [[3, 130, 143], 130],
    [[0, 3], 3],
    [[0, 137], 3],
    [[1, 137], 1],
  ])('%j is %j', ([codes, exitCode]) => {
    expect(shardsOutcome(ended(...codes), merged, []).exitCode).toBe(exitCode)
  })

  test('is 3 where a shard left nothing, and the shard is named', () => {
    const [first, , third] = ended(0, 0, 0)
    const outcome = shardsOutcome(
      [first, third].flatMap(shard => shard ?? []),
      merged,
      [],
    )
    expect(outcome.exitCode).toBe(3)
    expect(outcome.reasons).toEqual([expect.stringContaining('shard 2 of 3 left no result')])
  })

  test('is 3 where nothing was measured at all', () => {
    const outcome = shardsOutcome([], { state: 'none' }, ['001.a.ok'])
    expect(outcome.exitCode).toBe(3)
    expect(outcome.reasons[0]).toContain('a pull request from a fork is not measured')
  })

  test('is 3 where no shard judged what is required', () => {
    const required = ['001.a.ok', '001.a.open', '001.a.nowhere']
    const outcome = shardsOutcome(ended(0, 0), merged, required)
    expect(outcome.exitCode).toBe(3)
    expect(outcome.reasons).toEqual([
      '001.a.open is required (PERF_REQUIRE) and is inconclusive',
      '001.a.nowhere is required (PERF_REQUIRE) and did not run',
    ])
  })

  test('is 2 where the shards are not of one run', () => {
    const outcome = shardsOutcome(ended(0, 0), { state: 'refused', reason: 'the engines differ' }, [])
    expect(outcome.exitCode).toBe(2)
    expect(outcome.reasons).toEqual(['the engines differ'])
  })
})

test('reasons name their shard, and what the parts do not share is told', () => {
  const shards = ended(0, 1, 2)
  const failing = exampleResults([exampleItem('001.a.fails', 'fail')])
  const outcome = shardsOutcome(
    shards.map((shard, i) => (i === 1 ? { ...shard, results: failing } : shard)),
    merged,
    [],
  )
  expect(outcome.reasons).toEqual(['shard 2 of 3: 001.a.fails: line of 001.a.fails', 'shard 3 of 3: words of 3'])
  expect(outcome.notes).toEqual(['shard 2 was measured on another machine'])
})

test('a single shard is the whole run and needs no number', () => {
  expect(shardsOutcome(ended(2), { state: 'none' }, []).reasons).toEqual(['words of 1'])
})
