import { readFileSync } from 'node:fs'
import { absent, type Measured, measured } from '../measured.ts'
import { readText } from '../processes/proc-file.ts'

/** The kernel's memory controller, as far as a group of our own can be made in it. */
export interface MemoryController {
  version: 1 | 2
  /** Folder in which a new folder is a new group with limits. */
  parent: string
}

/**
 * Where this process may make memory groups: inside its own group (version 1), or in the nearest group above it that
 * hands the memory controller down (version 2, where a group that has processes cannot do so itself unless it is the
 * root: cgroups(7), "no internal processes"). Absent, with the reason, where there is none.
 */
export function memoryController(procRoot = '/proc'): Measured<MemoryController> {
  const mounts = readText(`${procRoot}/self/mountinfo`)
  const groups = readText(`${procRoot}/self/cgroup`)
  if (mounts.state === 'absent') return absent(`this system has no memory cgroups: ${mounts.reason}`)
  if (groups.state === 'absent') return absent(`this system has no memory cgroups: ${groups.reason}`)
  // Lines are `id:controllers:path`; version 2 has the id 0 and no controllers.
  const lines = groups.value.split('\n').map(line => /^(\d+):([^:]*):(.*)$/.exec(line))
  const v1Path = lines.find(match => match?.[2]?.split(',').includes('memory'))?.[3]
  const v2Path = lines.find(match => match?.[1] === '0' && match[2] === '')?.[3]
  const version = v1Path === undefined ? 2 : 1
  const path = v1Path ?? v2Path
  const mount = findMount(mounts.value, version)
  if (path === undefined || mount === undefined)
    return absent('no memory controller of the kernel is mounted here (/sys/fs/cgroup)')
  const own = folderOf(path, mount)
  if (version === 1) return measured({ version, parent: own })
  for (let folder = own; folder.length >= mount.point.length; folder = folder.slice(0, folder.lastIndexOf('/'))) {
    if (words(`${folder}/cgroup.subtree_control`).includes('memory')) return measured({ version, parent: folder })
  }
  return absent(
    `no group above ${own} hands the memory controller down (cgroup.subtree_control); ` +
      'in a container, start it with a cgroup namespace of the host (--cgroupns=host) and --privileged',
  )
}

interface Mount {
  point: string
  /** The part of the hierarchy that is mounted there. */
  root: string
}

/** `id parent major:minor root mount-point options [optional …] - type source super-options` (proc_pid_mountinfo(5)). */
function findMount(mounts: string, version: 1 | 2): Mount | undefined {
  for (const line of mounts.split('\n')) {
    const [left, right] = line.split(' - ')
    const [, , , root, point] = left?.split(' ') ?? []
    const [type, , options] = right?.split(' ') ?? []
    if (root === undefined || point === undefined) continue
    const isMemory = type === 'cgroup' && options?.split(',').includes('memory')
    if (version === 1 ? isMemory : type === 'cgroup2') return { point, root }
  }
  return undefined
}

function folderOf(path: string, { point, root }: Mount): string {
  const inside = root !== '/' && path.startsWith(root) ? path.slice(root.length) : path
  return `${point}${inside}`.replace(/\/+$/, '')
}

function words(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trim().split(/\s+/)
  } catch {
    // The root of a mount has no such file where it is not a group.
    return []
  }
}
