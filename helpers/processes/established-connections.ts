import { type Measured, measured } from '../measured.ts'
import { DEFAULT_PROC_ROOT, type ProcRoot, readText } from './proc-file.ts'

const ESTABLISHED = '01'

/** TCP connections that a server on this machine has on its port, IPv4 and IPv6, whoever the clients are. */
export function establishedConnections(port: number, { procRoot = DEFAULT_PROC_ROOT }: ProcRoot = {}): Measured {
  const [tcp, tcp6] = ['tcp', 'tcp6'].map(name => readText(`${procRoot}/net/${name}`))
  if (tcp?.state !== 'measured') return tcp ?? measured(0)
  const texts = tcp6?.state === 'measured' ? [tcp.value, tcp6.value] : [tcp.value]
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = texts.flatMap(text => text.split('\n')).map(line => line.trim().split(/\s+/))
  return measured(lines.filter(([, local, , state]) => local?.endsWith(suffix) && state === ESTABLISHED).length)
}
