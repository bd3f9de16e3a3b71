import { describe, expect, test } from 'vitest'
import { CpuLedger, type Group, type LedgerEntry } from './cpu-ledger.ts'

/** A process by what matters here: own and waited-for ticks. */
const entry = (
  pid: number,
  parentPid: number,
  own: number,
  waited = 0,
  group: Group = 'engine',
  startTicks = pid,
): LedgerEntry => ({
  group,
  stat: { pid, parentPid, startTicks, name: 'x', state: 'S', userTicks: own, systemTicks: 0, childrenUserTicks: waited, childrenSystemTicks: 0 }, // biome-ignore format: one process
})

/** Totals of the engine after every round. */
function totals(rounds: LedgerEntry[][]): number[] {
  const ledger = new CpuLedger()
  return rounds.map(round => {
    ledger.record(round)
    return ledger.total('engine')
  })
}

describe('CpuLedger', () => {
  test('counts from when a root is first seen', () => {
    expect(totals([[entry(10, 1, 500)], [entry(10, 1, 507)]])).toEqual([0, 7])
  })

  test('a child that is born counts in full', () => {
    expect(totals([[entry(10, 1, 5)], [entry(10, 1, 5), entry(11, 10, 30, 4), entry(12, 11, 2)]])).toEqual([0, 36])
  })

  test('a child that ends is counted once, its unseen last part included', () => {
    const rounds = [[entry(10, 1, 0), entry(11, 10, 0)], [entry(10, 1, 0), entry(11, 10, 100)], [entry(10, 1, 0, 103)]]
    expect(totals(rounds)).toEqual([0, 100, 103])
  })

  test('the same when the parent is seen to take over one round later, and not later than that', () => {
    const until = [[entry(10, 1, 0), entry(11, 10, 0)], [entry(10, 1, 0), entry(11, 10, 100)], [entry(10, 1, 0)]]
    expect(totals([...until, [entry(10, 1, 0, 103)]])).toEqual([0, 100, 100, 103])
    expect(totals([...until, [entry(10, 1, 1)], [entry(10, 1, 1, 50)]])).toEqual([0, 100, 100, 101, 151])
  })

  test('a child that nobody waits for takes nothing away', () => {
    expect(totals([[entry(10, 1, 0), entry(11, 10, 40)], [entry(10, 1, 2)], [entry(10, 1, 4)]])).toEqual([0, 2, 4])
  })

  test('a child that was never seen counts through its parent', () => {
    expect(totals([[entry(10, 1, 0)], [entry(10, 1, 0, 25)]])).toEqual([0, 25])
  })

  test('a branch that ends as a whole is counted once', () => {
    const rounds = [
      [entry(10, 1, 0), entry(11, 10, 0), entry(12, 11, 0)],
      [entry(10, 1, 0), entry(11, 10, 20), entry(12, 11, 70)],
      [entry(10, 1, 0, 90)],
    ]
    expect(totals(rounds)).toEqual([0, 90, 90])
  })

  test('a pid that was given to another process is another process', () => {
    expect(totals([[entry(10, 1, 900)], [entry(10, 1, 5, 0, 'engine', 4711)]])).toEqual([0, 0])
  })

  test("the engine's time is not the suite's when the suite has waited for it", () => {
    const ledger = new CpuLedger()
    ledger.record([entry(11, 10, 0), entry(10, 1, 0, 0, 'suite')])
    ledger.record([entry(11, 10, 800), entry(10, 1, 3, 0, 'suite')])
    ledger.record([entry(10, 1, 4, 801, 'suite')])
    expect([ledger.total('engine'), ledger.total('suite')]).toEqual([800, 5])
  })
})
