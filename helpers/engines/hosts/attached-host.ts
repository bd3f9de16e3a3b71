import { BlockList } from 'node:net'
import { absent, type Measured, measured } from '../../measured.ts'
import { commandLineWords, listeningProcess } from '../../processes/index.ts'
import { containerHost } from './attached-container.ts'
import type { EngineHost } from './engine-host.ts'

/** Where the server behind a URL is, as far as its user says. */
export interface Whereabouts {
  /** Its process on this machine, where its listening socket does not show it. */
  pid?: number
  /** Name or id of its Docker container. */
  container?: string
  /** Hears every line of the container's log. */
  onLogLine?(line: string): void
}

/**
 * A server that somebody else runs: it is looked at, and neither restarted nor stopped.
 *
 * @param where a number is its process.
 * @throws EngineStartError where a container is named that does not run here.
 */
export async function attachedHost(url: string, where: Whereabouts | number = {}): Promise<EngineHost> {
  const { pid, container, onLogLine }: Whereabouts = typeof where === 'number' ? { pid: where } : where
  if (container !== undefined) {
    const host = await containerHost(container, onLogLine && { onLogLine })
    return pid === undefined ? host : Object.assign(host, { rootPid: async () => measured(pid) })
  }
  const rootPid = async (): Promise<Measured<number>> =>
    pid === undefined ? await processBehind(new URL(url)) : measured(pid)
  const root = await rootPid()
  return {
    origin: 'attached',
    runsAs: 'its URL',
    commandLine: root.state === 'measured' ? commandLineWords(root.value) : [],
    rootPid,
    logTail: () => [],
    // Its death shows in the requests that fail; nobody watches a process that is not ours.
    died: new Promise(() => {}),
    death: undefined,
    restart: async () => absent(`the engine at ${url} was not started by this suite, so it is not restarted either`),
    stop: async () => {},
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** By its listening socket, where the URL points to this machine by a loopback address. */
async function processBehind(url: URL): Promise<Measured<number>> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const local = host === 'localhost' || loopback.check(host, host.includes(':') ? 'ipv6' : 'ipv4')
  if (!local) return absent(`the engine at ${url.origin} is not on a loopback address of this machine`)
  return listeningProcess(Number(url.port || (url.protocol === 'https:' ? 443 : 80)))
}
