import { absent, type Measured, measured } from '../../measured.ts'
import { readText } from '../../processes/proc-file.ts'
import type { ProcessTrees } from '../process-trees.ts'
import { allAbsent, type Sample, type Source } from './source.ts'

const metrics = ['cgroupUsedBytes', 'cgroupLimitBytes'] as const

/** Limits hardly ever change. */
const LIMIT_PERIOD_MS = 1000

/** A hierarchy's memory controller: where it is mounted, what part of it, and the names of its files. */
interface Hierarchy {
  mountPoint: string
  mountRoot: string
  used: string
  limit: string
}

/**
 * Memory of the engine's cgroup, page cache included: of the nearest one up from the engine's first process that has a
 * limit, so that use and limit belong together; without any limit the engine's own, and the limit is absent.
 *
 * v2: memory.current and memory.max; v1: memory.usage_in_bytes and memory.limit_in_bytes of the memory controller. The
 * path comes from /proc/<pid>/cgroup, and where that is mounted from /proc/self/mountinfo.
 */
export function cgroupSource(procRoot: string, sysRoot: string, trees: ProcessTrees): Source {
  let found: { pid: number; folder: Measured<string>; hierarchy: Hierarchy | undefined } | undefined
  let limitReadMs = Number.NEGATIVE_INFINITY
  return {
    metrics,
    sample(instant): Sample {
      const pids = trees.enginePids
      if (pids.state === 'absent') return allAbsent(metrics, pids.reason)
      const [pid] = pids.value
      if (pid === undefined) return allAbsent(metrics, 'all processes of the engine have ended')
      if (found?.pid !== pid) found = { pid, ...findFolder(pid, procRoot, sysRoot) }
      const { folder, hierarchy } = found
      if (folder.state === 'absent' || hierarchy === undefined) {
        return allAbsent(metrics, folder.state === 'absent' ? folder.reason : 'no cgroup')
      }
      const cgroupUsedBytes = readBytes(`${folder.value}/${hierarchy.used}`)
      if (!instant.complete && instant.atMs - limitReadMs < LIMIT_PERIOD_MS) return { cgroupUsedBytes }
      limitReadMs = instant.atMs
      return { cgroupUsedBytes, cgroupLimitBytes: readBytes(`${folder.value}/${hierarchy.limit}`) }
    },
  }
}

function findFolder(
  pid: number,
  procRoot: string,
  sysRoot: string,
): { folder: Measured<string>; hierarchy: Hierarchy | undefined } {
  const mounts = readText(`${procRoot}/self/mountinfo`)
  const groups = readText(`${procRoot}/${pid}/cgroup`)
  if (mounts.state === 'absent') return { folder: mounts, hierarchy: undefined }
  if (groups.state === 'absent') return { folder: groups, hierarchy: undefined }

  // Lines are `id:controllers:path`; version 2 has the id 0 and no controllers. The memory controller is in one of them.
  const lines = groups.value.split('\n').map(line => /^(\d+):([^:]*):(.*)$/.exec(line))
  const v1Path = lines.find(match => match?.[2]?.split(',').includes('memory'))?.[3]
  const v2Path = lines.find(match => match?.[1] === '0' && match[2] === '')?.[3]
  const hierarchy = v1Path === undefined ? v2Hierarchy(mounts.value, sysRoot) : v1Hierarchy(mounts.value, sysRoot)
  const path = v1Path ?? v2Path
  if (path === undefined || hierarchy === undefined) {
    return { folder: absent(`process ${pid} is in no cgroup with a memory controller that is mounted here`), hierarchy }
  }
  return { folder: nearestWithLimit(path, hierarchy), hierarchy }
}

const v1Hierarchy = (mounts: string, sysRoot: string): Hierarchy | undefined => {
  const mount = findMount(mounts, sysRoot, (type, options) => type === 'cgroup' && options.includes('memory'))
  return mount && { ...mount, used: 'memory.usage_in_bytes', limit: 'memory.limit_in_bytes' }
}

const v2Hierarchy = (mounts: string, sysRoot: string): Hierarchy | undefined => {
  const mount = findMount(mounts, sysRoot, type => type === 'cgroup2')
  return mount && { ...mount, used: 'memory.current', limit: 'memory.max' }
}

/** `id parent major:minor root mount-point options [optional …] - type source super-options` (proc_pid_mountinfo(5)). */
function findMount(
  mounts: string,
  sysRoot: string,
  wanted: (type: string, options: string[]) => boolean,
): { mountPoint: string; mountRoot: string } | undefined {
  for (const line of mounts.split('\n')) {
    const [left, right] = line.split(' - ')
    const [, , , mountRoot, mountPoint] = left?.split(' ') ?? []
    const [type, , options] = right?.split(' ') ?? []
    if (mountRoot === undefined || mountPoint === undefined || type === undefined) continue
    if (wanted(type, options?.split(',') ?? []))
      return { mountRoot, mountPoint: mountPoint.replace(/^\/sys(?=\/)/, sysRoot) }
  }
  return undefined
}

function nearestWithLimit(path: string, { mountPoint, mountRoot, used, limit }: Hierarchy): Measured<string> {
  // In a container only a part of the hierarchy is mounted, and paths may be told from the host's view.
  const inside = mountRoot !== '/' && path.startsWith(mountRoot) ? path.slice(mountRoot.length) : path
  const own = `${mountPoint}${inside}`.replace(/\/+$/, '')
  for (let folder = own; folder.length >= mountPoint.length; folder = folder.slice(0, folder.lastIndexOf('/'))) {
    if (readBytes(`${folder}/${limit}`).state === 'measured') return measured(folder)
  }
  const readable = readText(`${own}/${used}`)
  // The root cgroup of version 2 has no memory.current: the machine's own numbers are its.
  return readable.state === 'measured' ? measured(own) : absent(`the engine's cgroup tells no use: ${readable.reason}`)
}

/** Version 1 says "unlimited" by the largest number of pages that a counter holds, about 8 EiB. */
const UNLIMITED_BYTES = 2 ** 60

function readBytes(path: string): Measured {
  const text = readText(path)
  if (text.state === 'absent') return text
  const bytes = Number.parseInt(text.value, 10)
  return Number.isNaN(bytes) || bytes > UNLIMITED_BYTES ? absent('the cgroup has no memory limit') : measured(bytes)
}
