import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { strangersConnections } from './index.ts'

/** A process of its own that holds two connections. */
const stranger = (port: number) =>
  spawn(
    process.execPath,
    [
      '--eval',
      `const { connect } = require('node:net')
       let open = 0
       for (let i = 0; i < 2; i++) connect(${port}, '127.0.0.1', () => ++open === 2 && console.log('connected'))`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )

test.for(['127.0.0.1', '::'])('counts the connections of others to a server on %s, and none of ours', async host => {
  const accepted: unknown[] = []
  const server = createServer(socket => accepted.push(socket.on('error', () => {}))).listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clients = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  await Promise.all(clients.map(client => once(client, 'connect')))
  const other = stranger(port)
  await once(other.stdout, 'data')
  await expect.poll(() => accepted.length).toBe(5)
  expect(strangersConnections(port, [process.pid])).toEqual({ state: 'measured', value: 2 })
  expect(strangersConnections(port, [])).toEqual({ state: 'measured', value: 5 })
  expect(strangersConnections(port, [process.pid, other.pid ?? 0])).toEqual({ state: 'measured', value: 0 })
  other.kill()
  for (const client of clients) client.destroy()
  server.close()
  await once(server, 'close')
  expect(strangersConnections(port, [])).toEqual({ state: 'measured', value: 0 })
})

test('is absent where there is no table of connections', () => {
  expect(strangersConnections(80, [], { procRoot: '/nowhere' }).state).toBe('absent')
})
