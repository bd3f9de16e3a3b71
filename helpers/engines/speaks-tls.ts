import { once } from 'node:events'
import { connect } from 'node:tls'

/** Whether the server behind a URL answers to a TLS handshake, whatever its certificate. */
export async function speaksTls(url: URL, timeoutMs: number): Promise<boolean> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const socket = connect({ host, port, rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(timeoutMs) })
    return true
  } catch {
    // A server without TLS ends the connection, or says something that is no handshake, or waits for more.
    return false
  } finally {
    socket.destroy()
  }
}
