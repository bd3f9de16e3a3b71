import { createServer } from 'node:net'

/** Whether a host name or address is this machine's (its network namespace's), even of an interface that is down. */
export function isOwnAddress(host: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(0, host, () => server.close(() => resolve(true)))
  })
}
