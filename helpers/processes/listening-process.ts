import { readlink } from 'node:fs/promises'
import { absent, type Measured, measured } from '../measured.ts'
import { allPids, DEFAULT_PROC_ROOT, listNames, type ProcRoot, readText } from './proc-file.ts'
import { readProcessStat } from './process-stat.ts'

/**
 * The process that listens on a TCP port of this machine, IPv4 or IPv6, on any address.
 *
 * When several hold the socket (a server and the workers it forked), the one whose parent does not hold it; of several
 * such the one that started first. Absent when nothing listens there, or when the owner's descriptors may not be read.
 * A port that a container publishes belongs to its proxy, or to nobody in this network namespace.
 */
export async function listeningProcess(
  port: number,
  { procRoot = DEFAULT_PROC_ROOT }: ProcRoot = {},
): Promise<Measured<number>> {
  const tables = ['tcp', 'tcp6'].map(name => readText(`${procRoot}/net/${name}`))
  const texts = tables.flatMap(table => (table.state === 'measured' ? [table.value] : []))
  const [first] = tables
  // A kernel without IPv6 has no tcp6; one without both tables cannot be asked.
  if (texts.length === 0) return first?.state === 'absent' ? first : absent(`${procRoot}/net is empty`)
  const inodes = new Set(texts.flatMap(text => listeningInodes(text, port)))
  if (inodes.size === 0) return absent(`no process listens on TCP port ${port} in this network namespace`)

  const { holders, unreadable } = await socketHolders(inodes, procRoot)
  if (holders.length === 0) {
    const hint = unreadable > 0 ? `; ${unreadable} processes may not be read by this user` : ''
    return absent(`something listens on TCP port ${port}, but no process was found that holds its socket${hint}`)
  }
  return measured(rootOf(holders, procRoot))
}

const LISTEN = '0A'

/** Columns of /proc/net/tcp: sl, local_address (hex ip:port), rem_address, st, tx:rx, tr:when, retrnsmt, uid, timeout, inode. */
function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').flatMap(line => {
    const columns = line.trim().split(/\s+/)
    const inode = columns[9]
    return columns[1]?.endsWith(suffix) && columns[3] === LISTEN && inode !== undefined ? [inode] : []
  })
}

async function socketHolders(
  inodes: Set<string>,
  procRoot: string,
): Promise<{ holders: number[]; unreadable: number }> {
  const links = new Set([...inodes].map(inode => `socket:[${inode}]`))
  const holders: number[] = []
  let unreadable = 0
  for (const pid of allPids(procRoot)) {
    const descriptors = listNames(`${procRoot}/${pid}/fd`)
    if (descriptors.state === 'absent') {
      unreadable += 1
      continue
    }
    const targets = await Promise.all(
      // A descriptor may be closed between the listing and the reading.
      descriptors.value.map(fd => readlink(`${procRoot}/${pid}/fd/${fd}`).catch(() => '')),
    )
    if (targets.some(target => links.has(target))) holders.push(pid)
  }
  return { holders, unreadable }
}

function rootOf(holders: number[], procRoot: string): number {
  const candidates = holders.map(pid => {
    const stat = readProcessStat(pid, procRoot)
    return stat.state === 'measured' ? stat.value : { pid, parentPid: 0, startTicks: Number.POSITIVE_INFINITY }
  })
  const roots = candidates.filter(({ parentPid }) => !holders.includes(parentPid))
  return roots.reduce((best, next) => (next.startTicks < best.startTicks ? next : best)).pid
}
