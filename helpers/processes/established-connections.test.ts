import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { establishedConnections } from './index.ts'

test('counts the connections of a server, and nothing after they are closed', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(establishedConnections(port)).toEqual({ state: 'measured', value: 0 })
  const clients = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  await Promise.all(clients.map(client => once(client, 'connect')))
  expect(establishedConnections(port)).toEqual({ state: 'measured', value: 2 })
  for (const client of clients) client.destroy()
  server.close()
  await once(server, 'close')
  expect(establishedConnections(port)).toEqual({ state: 'measured', value: 0 })
})

test('is absent where there is no table of connections', () => {
  expect(establishedConnections(80, { procRoot: '/nowhere' }).state).toBe('absent')
})
