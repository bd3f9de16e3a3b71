import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EngineStartError } from '../../errors.ts'
import { socketTrouble } from './docker.ts'
import { dockerState, howToStart } from './index.ts'
import { programPath } from './program-path.ts'
import { testRecipe } from './recipe-for-tests.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docker-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a socket that is not there, that nobody listens on, and that works', async () => {
  const path = join(folder, 'docker.sock')
  expect(await socketTrouble(path)).toMatch(/^there is no \/.*docker\.sock\. Install Docker/)
  const server = createServer().listen(path)
  await once(server, 'listening')
  expect(await socketTrouble(path)).toBeUndefined()
  server.close()
  await once(server, 'close')

  // What a daemon leaves behind that was killed: only a killed process does not remove its socket.
  const listen = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  await once(spawn(process.execPath, ['--eval', listen]), 'exit')
  expect(await socketTrouble(path)).toMatch(/^its daemon is not running \(nobody listens on .*systemctl start docker/)
})

test('a socket that this user may not use', async ({ skip }) => {
  skip(process.getuid?.() === 0, 'root may use every socket')
  const path = join(folder, 'forbidden.sock')
  const server = createServer().listen(path)
  await once(server, 'listening')
  await chmod(path, 0)
  expect(await socketTrouble(path)).toMatch(/permission denied.*usermod -aG docker/s)
  server.close()
  await once(server, 'close')
})

test('a program is found on the PATH in its order, if it may be run', async () => {
  const [program, text] = [join(folder, 'engine'), join(folder, 'text')]
  await symlink(process.execPath, program)
  await writeFile(text, '')
  const path = `/no/such/folder:${folder}`
  expect(programPath('engine', path)).toBe(program)
  expect(programPath('text', path)).toBeUndefined()
  expect(programPath('no-such-engine', path)).toBeUndefined()
  expect(programPath(program)).toBe(program)
})

test('what was asked for is taken; else the binary if there is one; else a container if there is Docker', async () => {
  expect(await howToStart(testRecipe(), 'container')).toBe('container')
  expect(await howToStart(testRecipe(), null)).toBe('binary')
  const missing = testRecipe([], { program: 'no-such-engine', container: { image: 'engine:1', port: 1, gpus: false } })
  expect(await howToStart(missing, 'binary')).toBe('binary')
  const docker = await dockerState()
  if (docker.state === 'running') expect(await howToStart(missing, null)).toBe('container')
  else {
    const failure = await howToStart(missing, null).catch(error => error)
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(/no-such-engine on the PATH.*engine:1.*PERF_ENGINE_URL/)
  }
})
