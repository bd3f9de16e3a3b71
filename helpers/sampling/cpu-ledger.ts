import type { ProcessStat } from '../processes/process-stat.ts'

/** Whose CPU time it is. */
export type Group = 'engine' | 'suite'

export interface LedgerEntry {
  group: Group
  stat: ProcessStat
}

/**
 * CPU time of groups of processes, in clock ticks, as counters that never fall.
 *
 * A process's own time and that of its ended, waited-for children (cutime, cstime) are both counted, so the time of
 * children that lived too short to be seen is not lost. When a process that was seen ends, its parent's children's time
 * rises by what has been counted already; that much is taken off once. A process first seen counts in full when it was
 * born into a tree that is watched, else from then on.
 */
export class CpuLedger {
  readonly #totals: Record<Group, number> = { engine: 0, suite: 0 }
  #before = new Map<number, LedgerEntry>()
  /** Ticks already counted that a parent takes over one round late, by the parent's pid. */
  #late = new Map<number, number>()

  total(group: Group): number {
    return this.#totals[group]
  }

  /** All watched processes, zombies included, parents before their children. */
  record(entries: readonly LedgerEntry[]): void {
    const now = new Map(entries.map(entry => [entry.stat.pid, entry]))
    const inherited = this.#inheritances(now)
    const late = new Map<number, number>()
    const newborn = new Set<number>()
    for (const { group, stat } of entries) {
      const before = this.#before.get(stat.pid)
      if (before?.stat.startTicks !== stat.startTicks) {
        const born = this.#before.has(stat.parentPid) || newborn.has(stat.parentPid)
        if (born) newborn.add(stat.pid)
        this.#totals[group] += born ? ownTicks(stat) + waitedTicks(stat) : 0
        continue
      }
      const own = rise(ownTicks(before.stat), ownTicks(stat))
      const waited = rise(waitedTicks(before.stat), waitedTicks(stat))
      const beyondLate = rise(this.#late.get(stat.pid) ?? 0, waited)
      const credit = inherited.get(stat.pid) ?? 0
      this.#totals[group] += own + rise(credit, beyondLate)
      // The parent may have been read just before it took over, so what is left stays good for one more round; not for
      // longer, since a parent that ignores SIGCHLD never takes over.
      late.set(stat.pid, rise(beyondLate, credit))
    }
    this.#before = now
    this.#late = late
  }

  /** What the processes that have gone since had used, by the pid of the nearest ancestor that lives. */
  #inheritances(now: ReadonlyMap<number, LedgerEntry>): Map<number, number> {
    const inherited = new Map<number, number>()
    const lives = ({ stat }: LedgerEntry): boolean => now.get(stat.pid)?.stat.startTicks === stat.startTicks
    for (const gone of this.#before.values()) {
      if (lives(gone)) continue
      let heir = this.#before.get(gone.stat.parentPid)
      while (heir !== undefined && !lives(heir)) heir = this.#before.get(heir.stat.parentPid)
      if (heir === undefined) continue
      const ticks = ownTicks(gone.stat) + waitedTicks(gone.stat)
      inherited.set(heir.stat.pid, (inherited.get(heir.stat.pid) ?? 0) + ticks)
    }
    return inherited
  }
}

const rise = (from: number, to: number): number => Math.max(0, to - from)
const ownTicks = (stat: ProcessStat): number => stat.userTicks + stat.systemTicks
const waitedTicks = (stat: ProcessStat): number => stat.childrenUserTicks + stat.childrenSystemTicks
