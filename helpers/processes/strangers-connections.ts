import { readlinkSync } from 'node:fs'
import { type Measured, measured } from '../measured.ts'
import { DEFAULT_PROC_ROOT, listNames, type ProcRoot, readText } from './proc-file.ts'

const ESTABLISHED = '01'

interface Connection {
  /** `0100007F:1F90`: address and port in hexadecimal. */
  local: string
  remote: string
  inode: string
}

/**
 * TCP connections that a server on this machine has on its port, IPv4 and IPv6, from others than these processes. One
 * that a process opened just before it was looked at, and the server has not accepted yet, counts neither way.
 */
export function strangersConnections(
  port: number,
  own: readonly number[],
  { procRoot = DEFAULT_PROC_ROOT }: ProcRoot = {},
): Measured {
  const [tcp, tcp6] = ['tcp', 'tcp6'].map(name => readText(`${procRoot}/net/${name}`))
  if (tcp?.state !== 'measured') return tcp ?? measured(0)
  const all = [tcp.value, tcp6?.state === 'measured' ? tcp6.value : ''].flatMap(established)
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const sockets = new Set(own.flatMap(pid => socketsOf(pid, procRoot)))
  const ours = new Set(all.filter(({ inode }) => sockets.has(inode)).map(({ local }) => endOf(local)))
  return measured(all.filter(({ local, remote }) => local.endsWith(suffix) && !ours.has(endOf(remote))).length)
}

/** Columns of /proc/net/tcp: sl, local_address, rem_address, st, tx:rx, tr:when, retrnsmt, uid, timeout, inode. */
function established(table: string): Connection[] {
  return table.split('\n').flatMap(line => {
    const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/)
    if (local === undefined || remote === undefined || inode === undefined) return []
    return state === ESTABLISHED ? [{ local, remote, inode }] : []
  })
}

/** An IPv4 client of a server that listens on IPv6 has its address in the last 8 digits there. */
const endOf = (address: string): string => address.slice(-13)

function socketsOf(pid: number, procRoot: string): string[] {
  const descriptors = listNames(`${procRoot}/${pid}/fd`)
  if (descriptors.state === 'absent') return []
  return descriptors.value.flatMap(fd => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${procRoot}/${pid}/fd/${fd}`)) ?? []
      return inode === undefined ? [] : [inode]
    } catch {
      // Closed since it was listed.
      return []
    }
  })
}
