import { allPids, DEFAULT_PROC_ROOT, listNames, type ProcRoot, readText } from './proc-file.ts'
import { hasEnded, readProcessStat } from './process-stat.ts'

/**
 * A process and all its descendants, the root first, parents before their children; empty when the root has ended.
 *
 * Read from /proc/<pid>/task/<tid>/children where the kernel has it (CONFIG_PROC_CHILDREN), whose cost depends on the
 * tree alone; else from the parent's pid in every /proc/<pid>/stat. A process whose parent ended belongs to init then
 * and is no longer found: who needs it keeps its pid.
 */
export function processTree(root: number, { procRoot = DEFAULT_PROC_ROOT }: ProcRoot = {}): number[] {
  const stat = readProcessStat(root, procRoot)
  if (stat.state === 'absent' || hasEnded(stat.value)) return []
  const childrenOf = hasChildrenFiles(root, procRoot)
    ? (pid: number): number[] => childrenFromTasks(pid, procRoot)
    : childrenFromStats(procRoot)
  const tree = [root]
  const seen = new Set(tree)
  for (const pid of tree) {
    for (const child of childrenOf(pid)) {
      if (!seen.has(child)) tree.push(child)
      seen.add(child)
    }
  }
  return tree
}

/** The parent, its parent, … up to init, nearest first; without the process itself. */
export function ancestors(pid: number, { procRoot = DEFAULT_PROC_ROOT }: ProcRoot = {}): number[] {
  const found: number[] = []
  let stat = readProcessStat(pid, procRoot)
  while (stat.state === 'measured' && stat.value.parentPid > 0 && !found.includes(stat.value.parentPid)) {
    found.push(stat.value.parentPid)
    stat = readProcessStat(stat.value.parentPid, procRoot)
  }
  return found
}

function hasChildrenFiles(pid: number, procRoot: string): boolean {
  return readText(`${procRoot}/${pid}/task/${pid}/children`).state === 'measured'
}

/** A child belongs to the thread that forked it, so every thread is asked. */
function childrenFromTasks(pid: number, procRoot: string): number[] {
  const tasks = listNames(`${procRoot}/${pid}/task`)
  if (tasks.state === 'absent') return []
  return tasks.value.flatMap(task => {
    const text = readText(`${procRoot}/${pid}/task/${task}/children`)
    return text.state === 'absent' ? [] : text.value.split(' ').filter(Boolean).map(Number)
  })
}

function childrenFromStats(procRoot: string): (pid: number) => number[] {
  const children = new Map<number, number[]>()
  for (const pid of allPids(procRoot)) {
    const stat = readProcessStat(pid, procRoot)
    if (stat.state === 'absent') continue
    const siblings = children.get(stat.value.parentPid)
    if (siblings) siblings.push(pid)
    else children.set(stat.value.parentPid, [pid])
  }
  return pid => children.get(pid) ?? []
}
