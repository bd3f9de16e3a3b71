import type { Systeminformation } from 'systeminformation'
import { absent, type Measured, measured } from '../../measured.ts'
import type { Poll } from './poll.ts'
import { allAbsent, type Sample, type Source } from './source.ts'

type Listed = Pick<Systeminformation.ProcessesProcessData, 'pid' | 'parentPid' | 'memRss' | 'state'>

const listed = ['engineRssBytes', 'engineProcesses'] as const
const untold = ['enginePssBytes', 'engineSwapBytes', 'engineCpuMs', 'suiteCpuMs'] as const

/** The engine's processes as systeminformation lists them. */
export interface ListedProcesses extends Source {
  follow(roots: Measured<number[]>, atMs: number): void
}

/** Resident memory of the engine's process trees; a process whose parent has ended is in no tree any more. */
export function listedProcessesSource(poll: Poll<{ list: readonly Listed[] }>): ListedProcesses {
  let followed: { roots: Measured<number[]>; atMs: number } = { roots: absent('no engine is followed yet'), atMs: 0 }
  let shownMs = Number.NEGATIVE_INFINITY

  const engine = (complete: boolean): Sample => {
    const { roots, atMs } = followed
    if (roots.state === 'absent') return allAbsent(listed, roots.reason)
    const answer = poll.latest
    if (answer.state === 'absent') return allAbsent(listed, answer.reason)
    // A list that is older than the order does not have a process that was just started.
    if (answer.value.atMs < atMs || (!complete && answer.value.atMs === shownMs)) {
      return complete ? allAbsent(listed, 'processes were not listed since this engine is followed') : {}
    }
    shownMs = answer.value.atMs
    const tree = treeOf(roots.value, answer.value.value.list)
    const bytes = tree.reduce((sum, { memRss }) => sum + memRss * 1024, 0)
    return {
      engineProcesses: measured(tree.length),
      engineRssBytes:
        tree.length === 0
          ? absent('all processes of the engine have ended')
          : Number.isFinite(bytes)
            ? measured(bytes)
            : absent('systeminformation tells no memory of a process of the engine'),
    }
  }

  return {
    metrics: [...listed, ...untold],
    follow(roots, atMs) {
      followed = { roots, atMs }
    },
    sample: ({ complete }) => ({
      ...engine(complete),
      ...allAbsent(untold, 'systeminformation does not tell it of a process'),
    }),
  }
}

/** Living processes of the trees, every one once. */
function treeOf(roots: readonly number[], list: readonly Listed[]): Listed[] {
  const living = list.filter(({ state }) => state !== 'zombie')
  const found = new Map(living.filter(({ pid }) => roots.includes(pid)).map(entry => [entry.pid, entry]))
  // A map is walked in the order of its entries, those included that are added on the way.
  for (const parent of found.keys()) {
    for (const entry of living) if (entry.parentPid === parent && !found.has(entry.pid)) found.set(entry.pid, entry)
  }
  return [...found.values()]
}
