import { absent, type Measured, measured } from '../measured.ts'
import { hasEnded, readProcessStat } from '../processes/process-stat.ts'
import { processTree } from '../processes/process-tree.ts'
import { CpuLedger, type Group, type LedgerEntry } from './cpu-ledger.ts'
import type { Instant } from './sources/source.ts'

const PERIOD_MS = 1000
/** New processes of the suite count in full when they are found, so they may be found late. */
const SUITE_WALK_MS = 5000

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
  #watched: readonly LedgerEntry[]
  #enginePids: number[] = []
  #suiteLives = false
  #updatedMs = Number.NEGATIVE_INFINITY
  #suiteWalkedMs = Number.NEGATIVE_INFINITY

  constructor({
    procRoot,
    suiteRoot,
    ticksPerSecond,
  }: { procRoot: string; suiteRoot: number; ticksPerSecond: number }) {
    this.#procRoot = procRoot
    this.#suiteRoot = suiteRoot
    this.#ticksPerSecond = ticksPerSecond
    this.#watched = this.#read('suite', [suiteRoot])
  }

  /** `companions`: further roots whose CPU time is the suite's. */
  follow(roots: Measured<number[]>, instant: Instant, companions: readonly number[] = []): void {
    this.#followed = roots.state === 'measured' ? measured(true) : roots
    const engine = roots.state === 'measured' ? this.#read('engine', roots.value) : []
    const suite = this.#watched.filter(({ group }) => group === 'suite')
    this.#watched = [...engine, ...suite, ...this.#read('suite', companions)]
    this.update({ ...instant, complete: true })
  }

  /**
   * Before the sources look. CPU time is read and the engine's trees are walked once a second and for every complete
   * reading; a source that misses a process asks for that too. The suite's tree is walked less often.
   */
  update({ atMs, complete }: Instant): void {
    if (!complete && atMs - this.#updatedMs < PERIOD_MS - 50) return
    this.#updatedMs = atMs
    const walkSuite = complete || atMs - this.#suiteWalkedMs >= SUITE_WALK_MS - 50
    if (walkSuite) this.#suiteWalkedMs = atMs
    this.#watched = this.#scan(walkSuite)
    this.#ledger.record(this.#watched)
    const alive = this.#watched.filter(({ stat }) => !hasEnded(stat))
    this.#enginePids = alive.flatMap(({ stat, group }) => (group === 'engine' ? [stat.pid] : []))
    this.#suiteLives = alive.some(({ stat }) => stat.pid === this.#suiteRoot)
  }

  /** Whether CPU times are of this instant. */
  isFresh({ atMs }: Instant): boolean {
    return this.#updatedMs === atMs
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

  #read(group: Group, pids: readonly number[]): LedgerEntry[] {
    return pids.flatMap(pid => {
      const stat = readProcessStat(pid, this.#procRoot)
      return stat.state === 'measured' ? [{ group, stat: stat.value }] : []
    })
  }

  /** The trees of everything that is watched; the engine's first, so that the suite gets the rest. */
  #scan(walkSuite: boolean): LedgerEntry[] {
    const found = new Map<number, LedgerEntry>()
    const starts = this.#watched.toSorted((a, b) => Number(a.group === 'suite') - Number(b.group === 'suite'))
    for (const { group, stat } of starts) {
      if (found.has(stat.pid)) continue
      // A pid that was given to another process is not the one that was watched.
      const [start] = this.#read(group, [stat.pid])
      if (start?.stat.startTicks !== stat.startTicks) continue
      found.set(stat.pid, start)
      if (group === 'suite' && !walkSuite) continue
      const tree = processTree(stat.pid, { procRoot: this.#procRoot })
      for (const entry of this.#read(
        group,
        tree.filter(pid => !found.has(pid)),
      ))
        found.set(entry.stat.pid, entry)
    }
    return [...found.values()]
  }
}
