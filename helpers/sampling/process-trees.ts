import { absent, type Measured, measured } from '../measured.ts'
import { hasEnded, readProcessStat } from '../processes/process-stat.ts'
import { processTree } from '../processes/process-tree.ts'
import { CpuLedger, type Group, type LedgerEntry } from './cpu-ledger.ts'
import type { Instant } from './sources/source.ts'

const RESCAN_MS = 1000

interface Watched {
  group: Group
  pid: number
  startTicks: number
}

/**
 * Which processes are the engine's and which the suite's, kept up to date. The suite's tree holds an engine that it
 * started; those processes are the engine's alone. A process that was in a tree stays in it when its parent ends.
 */
export class ProcessTrees {
  readonly #procRoot: string
  readonly #suiteRoot: number
  readonly #ticksPerSecond: number
  readonly #ledger = new CpuLedger()
  #followed: Measured<true> = absent('no engine is followed yet')
  #watched: readonly Watched[]
  #enginePids: number[] = []
  #suiteLives = false
  #scannedMs = Number.NEGATIVE_INFINITY

  constructor({
    procRoot,
    suiteRoot,
    ticksPerSecond,
  }: { procRoot: string; suiteRoot: number; ticksPerSecond: number }) {
    this.#procRoot = procRoot
    this.#suiteRoot = suiteRoot
    this.#ticksPerSecond = ticksPerSecond
    this.#watched = this.#watch('suite', [suiteRoot])
  }

  follow(roots: Measured<number[]>, instant: Instant): void {
    this.#followed = roots.state === 'measured' ? measured(true) : roots
    const engine = roots.state === 'measured' ? this.#watch('engine', roots.value) : []
    this.#watched = [...engine, ...this.#watched.filter(({ group }) => group === 'suite')]
    this.#scannedMs = Number.NEGATIVE_INFINITY
    this.update(instant)
  }

  /** Once a tick, before the sources look. The trees are walked once a second, and when a process is gone. */
  update({ atMs }: Instant): void {
    let entries = this.#readStats()
    if (atMs - this.#scannedMs >= RESCAN_MS - 50 || entries.length < this.#watched.length) {
      this.#scannedMs = atMs
      this.#watched = this.#scan()
      entries = this.#readStats()
    }
    this.#ledger.record(entries)
    this.#watched = entries.map(({ group, stat }) => ({ group, pid: stat.pid, startTicks: stat.startTicks }))
    this.#enginePids = entries.flatMap(({ stat, group }) => (group === 'engine' && !hasEnded(stat) ? [stat.pid] : []))
    this.#suiteLives = entries.some(({ stat }) => stat.pid === this.#suiteRoot && !hasEnded(stat))
  }

  /** The engine's living processes, parents first; empty when they have all ended, absent when none is followed. */
  get enginePids(): Measured<readonly number[]> {
    return this.#followed.state === 'absent' ? this.#followed : measured(this.#enginePids)
  }

  /** Since the engine is followed, or since the sampler started where the suite started the engine. */
  get engineCpuMs(): Measured {
    return this.#followed.state === 'absent' ? this.#followed : measured(this.#ms('engine'))
  }

  /** Since the sampler started. */
  get suiteCpuMs(): Measured {
    return this.#suiteLives
      ? measured(this.#ms('suite'))
      : absent(`the suite's process ${this.#suiteRoot} is not there`)
  }

  #ms(group: Group): number {
    return (this.#ledger.total(group) * 1000) / this.#ticksPerSecond
  }

  #watch(group: Group, pids: readonly number[]): Watched[] {
    return pids.flatMap(pid => {
      const stat = readProcessStat(pid, this.#procRoot)
      return stat.state === 'measured' ? [{ group, pid, startTicks: stat.value.startTicks }] : []
    })
  }

  /** Those that are still there; a pid that was given to another process is not. */
  #readStats(): LedgerEntry[] {
    return this.#watched.flatMap(({ group, pid, startTicks }) => {
      const stat = readProcessStat(pid, this.#procRoot)
      const same = stat.state === 'measured' && stat.value.startTicks === startTicks
      return same ? [{ group, stat: stat.value }] : []
    })
  }

  /** The trees of everything that is watched; the engine's first, so that the suite gets the rest. */
  #scan(): Watched[] {
    const found = new Map<number, Watched>()
    const starts = this.#readStats().sort((a, b) => Number(a.group === 'suite') - Number(b.group === 'suite'))
    for (const { group, stat } of starts) {
      if (found.has(stat.pid)) continue
      // A zombie has no tree any more, but its time is still its own until its parent waits for it.
      const tree = processTree(stat.pid, { procRoot: this.#procRoot })
      const pids = [...new Set([stat.pid, ...tree])].filter(pid => !found.has(pid))
      for (const watched of this.#watch(group, pids)) found.set(watched.pid, watched)
    }
    return [...found.values()]
  }
}
