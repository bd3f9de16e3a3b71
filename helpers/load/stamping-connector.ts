import { buildConnector } from 'undici'
import { monotonicMs } from '../clock.ts'

/** When the newest read of any of the client's connections reached the process, on the monotonic clock. */
export interface ReadStamp {
  atMs: number
}

/**
 * undici's connector, with a stamp taken at every read before the HTTP parser sees it. One stamp a read, not one an
 * event: events that came in one read came at the same time, and parsing the first must not delay the second.
 *
 * It works because undici reads in the socket's `readable` event and calls handlers in the same turn; this listener is
 * there first.
 */
export function stampingConnector(stamp: ReadStamp, connectLimitMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: connectLimitMs, allowH2: false, keepAlive: true })
  return (options, callback) => {
    connect(options, (...result) => {
      const [, socket] = result
      socket?.on('readable', () => {
        stamp.atMs = monotonicMs()
      })
      callback(...result)
    })
  }
}
