import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { EngineCrashedError, EngineStartError } from '../../errors.ts'
import { isAlive, processTree } from '../../processes/index.ts'
import { type DisposableServer, disposable } from './disposable-server.ts'
import { type LaunchedServer, launchServer } from './index.ts'
import { ownerProgram, testRecipe, testServerScript } from './recipe-for-tests.ts'
import { scratchFolder } from './scratch-folder.ts'

const launch = async (...parameters: Parameters<typeof testRecipe>): Promise<DisposableServer> =>
  disposable(await launchServer(testRecipe(...parameters), { how: 'binary' }))

const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('it started')
    },
    error => error,
  )

const rootOf = async (server: LaunchedServer): Promise<number> => {
  const pid = await server.rootPid()
  if (pid.state === 'absent') throw new Error(pid.reason)
  return pid.value
}

const ask = async (server: LaunchedServer, path: string): Promise<string> => (await fetch(server.url + path)).text()

/** Asks until it is so; the test's own timeout ends it. */
/** Where the server may leave files. */
const scratchOf = async (server: LaunchedServer): Promise<string> =>
  JSON.parse(await ask(server, '/environment')).TMPDIR

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await delay(10)
}

describe('a server that works', () => {
  test('is ready, on a loopback address, with its command line, process and log', async () => {
    const lines: string[] = []
    await using server = await launch(['--name', 'a b'], { onLogLine: line => lines.push(line) })
    const { port } = new URL(server.url)
    expect(server).toMatchObject({
      origin: 'spawned',
      runsAs: `binary ${process.execPath}`,
      url: `http://127.0.0.1:${port}`,
      commandLine: [process.execPath, testServerScript, '--host', '127.0.0.1', '--port', port, '--name', 'a b'],
      death: undefined,
    })
    expect(server.startMs).toBeGreaterThan(0)
    const root = await rootOf(server)
    expect(processTree(process.pid)).toContain(root)
    expect(processTree(root)).toEqual([root])
    expect(server.logTail()).toEqual(['server is starting'])
    await ask(server, '/log?line=%1b[1mone%1b[0m')
    await until(() => lines.length === 2)
    expect(lines).toEqual(['server is starting', 'one'])
    expect(server.logTail()).toEqual(lines)
  })

  test('takes further arguments last, and an environment without what is meant for this Node', async () => {
    process.env.NODE_OPTIONS = '--no-warnings'
    try {
      const starting = launchServer(testRecipe(['--name', 'own']), { how: 'binary', arguments: ['--name', 'further'] })
      await using server = disposable(await starting)
      expect(server.commandLine.slice(-4)).toEqual(['--name', 'own', '--name', 'further'])
      const environment = JSON.parse(await ask(server, '/environment'))
      expect(environment).toMatchObject({ SERVER_PORT: new URL(server.url).port, PATH: process.env.PATH })
      expect(Object.keys(environment).filter(name => name.startsWith('NODE_'))).not.toContain('NODE_OPTIONS')
    } finally {
      delete process.env.NODE_OPTIONS
    }
  })

  test('tells every line to whoever started it, as to its recipe', async () => {
    const [recipes, starters]: [string[], string[]] = [[], []]
    const recipe = testRecipe([], { onLogLine: line => recipes.push(line) })
    const starting = launchServer(recipe, { how: 'binary', onLogLine: line => starters.push(line) })
    await using server = disposable(await starting)
    await ask(server, '/log?line=more')
    await until(() => starters.at(-1) === 'more')
    expect(starters).toEqual(['server is starting', 'more'])
    expect(recipes).toEqual(starters)
  })

  test('keeps its last 20 lines for whoever asks', async () => {
    await using server = await launch()
    for (let i = 1; i <= 30; i++) await ask(server, `/log?line=line${i}`)
    await until(() => server.logTail().at(-1) === 'line30')
    expect(server.logTail()).toEqual(Array.from({ length: 20 }, (_, i) => `line${i + 11}`))
  })
})

describe('stopping', () => {
  test('ends its processes, as often as asked, and is no death', async () => {
    await using server = await launch()
    const root = await rootOf(server)
    await Promise.all([server.stop(), server.stop()])
    expect(isAlive(root)).toBe(false)
    await server.stop()
    expect(await Promise.race([server.died, Promise.resolve('no death')])).toBe('no death')
    expect(server.death).toBeUndefined()
  })

  test('ends one that ignores SIGTERM, and a child that made a session of its own', async () => {
    await using server = await launch(['--ignore-sigterm', '--own-session-child'])
    const pids = [await rootOf(server), Number(await ask(server, '/child'))]
    expect(pids.filter(pid => isAlive(pid))).toHaveLength(2)
    await server.stop()
    expect(pids.filter(pid => isAlive(pid))).toEqual([])
    expect(server.logTail()).toEqual(['server is starting', 'SIGTERM is ignored'])
  })
})

describe('what a server leaves in its temporary folder', () => {
  test('goes with it, its sockets too', async () => {
    await using server = await launch()
    const scratch = await scratchOf(server)
    await writeFile(join(scratch, 'left.sock'), '')
    await server.stop()
    expect(existsSync(scratch)).toBe(false)
  })

  test('goes when it dies by itself', async () => {
    await using server = await launch()
    const scratch = await scratchOf(server)
    process.kill(await rootOf(server), 'SIGKILL')
    await server.died
    expect(existsSync(scratch)).toBe(false)
  })

  test('stays where it is if sockets in a folder of its own would have too long a path', async () => {
    const parent = join(tmpdir(), 'x'.repeat(40))
    expect(await scratchFolder(parent)).toBeUndefined()
  })
})

describe('a server that dies later', () => {
  test('by itself: exit code and last lines are told, and its children go too', async () => {
    await using server = await launch(['--own-session-child'])
    const child = Number(await ask(server, '/child'))
    await ask(server, '/log?line=last%20words')
    await ask(server, '/exit?code=3').catch(() => {})
    const death = await server.died
    expect(death).toBeInstanceOf(EngineCrashedError)
    expect(death.message).toBe(
      `A test server (binary ${process.execPath}) ended on its own: exit code 3.\n` +
        'Its last log lines:\n  server is starting\n  last words',
    )
    expect(server.death).toBe(death)
    expect(isAlive(child)).toBe(false)
  })

  test('by a signal: its name is told, and where it may come from', async () => {
    await using server = await launch()
    process.kill(await rootOf(server), 'SIGKILL')
    expect((await server.died).message).toMatch(/ended on its own: SIGKILL, which the kernel sends too when the memory/)
  })

  test('with its guard: nothing is left', async () => {
    await using server = await launch()
    const root = await rootOf(server)
    const guard = processTree(process.pid).find(
      pid => processTree(pid).includes(root) && pid !== process.pid && pid !== root,
    )
    if (guard === undefined) throw new Error('no guard')
    const scratch = await scratchOf(server)
    process.kill(guard, 'SIGKILL')
    expect((await server.died).message).toContain('its guard ended, SIGKILL')
    await until(() => !isAlive(root))
    expect(existsSync(scratch)).toBe(false)
  })
})

describe('a server that does not start', () => {
  test('because it ends at once: exit code and last lines', async () => {
    const failure = await failureOf(launch(['--exit-with', '2']))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toBe(
      `A test server (binary ${process.execPath}) did not start: exit code 2.\n` +
        'Its last log lines:\n  server is starting\n  something is wrong with the model',
    )
  })

  test('because of a flag that it does not know', async () => {
    const failure = await failureOf(launch(['--no-such-flag']))
    expect(failure.message).toMatch(
      /did not start: exit code 1\.\nIts last log lines:\n.*Unknown option '--no-such-flag'/s,
    )
  })

  test('because it is never ready: limit, last answer, last lines, and no process', async () => {
    let pid = 0
    const environment = (): Record<string, string> => ({ MARK: 'never-ready' })
    const onLogLine = (): void => {
      pid = processTree(process.pid).at(-1) ?? 0
    }
    const failure = await failureOf(launch(['--never-ready'], { startLimitMs: 1_000, environment, onLogLine }))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(
      /did not start: http:\S+\/health did not answer with 200 within 1 s; last it answered 503\.\nIts last log lines:\n {2}server/,
    )
    expect(pid).toBeGreaterThan(0)
    expect(isAlive(pid)).toBe(false)
  })

  test('because its port is taken, as its log says', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    try {
      const { port } = holder.address() as AddressInfo
      const failure = await failureOf(
        launchServer(testRecipe(), { how: 'binary', arguments: ['--port', String(port)] }),
      )
      expect(failure.message).toMatch(/did not start: exit code 1\. Its port \(\d+\) was taken by another program/)
    } finally {
      holder.close()
    }
  })

  test('because another program answers on its port', async () => {
    const holder = createServer((_, response) => response.end())
    try {
      // The server itself listens elsewhere: what answers with 200 is a stranger.
      const failure = await failureOf(
        launch([], {
          arguments: place => {
            holder.listen(place.port, place.host)
            return [testServerScript, '--host', '127.0.0.1', '--port', '0']
          },
        }),
      )
      expect(failure.message).toMatch(new RegExp(`did not start: process ${process.pid} \\(.*\\) answers at http`))
    } finally {
      holder.close()
    }
  })

  test('because there is no such program', async () => {
    const failure = await failureOf(launch([], { program: 'no-such-engine' }))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(/there is no program no-such-engine on the PATH.*PERF_ENGINE_URL/)
  })

  test('because the signal says no, before or while it starts', async () => {
    const options = { how: 'binary', signal: AbortSignal.abort(new Error('no')) } as const
    await expect(launchServer(testRecipe(), options)).rejects.toThrow('no')
    const stop = new AbortController()
    const onLogLine = (): void => stop.abort(new Error('no longer'))
    const starting = launchServer(testRecipe(['--never-ready'], { onLogLine }), { how: 'binary', signal: stop.signal })
    await expect(starting).rejects.toThrow('no longer')
    expect(processTree(process.pid).filter(pid => pid !== process.pid)).toEqual([])
  })
})

/** A run of its own that starts a server; with the ids of the guard, the server, and its child with its own session. */
async function run(
  flags: readonly string[],
): Promise<AsyncDisposable & { owner: number; pids: number[]; disconnect(): void }> {
  const program = ownerProgram(['--own-session-child', ...flags], 'binary', 'none', 'processTree(process.pid).slice(1)')
  const owner = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached: true,
  })
  const exit = once(owner, 'exit')
  const lines = createInterface({ input: owner.stdout ?? process.stdin })
  const [line = '[]'] = await Promise.race([once(lines, 'line'), exit.then(() => [])])
  const pids: number[] = JSON.parse(String(line))
  if (owner.pid === undefined) throw new Error('it was not started')
  return {
    owner: owner.pid,
    pids,
    disconnect: () => owner.disconnect(),
    async [Symbol.asyncDispose]() {
      owner.kill('SIGKILL')
      await exit
    },
  }
}

describe('nothing is left of a run', () => {
  test.for([
    ['SIGKILL', ['--ignore-sigterm']],
    ['SIGTERM', []],
    ['SIGINT', []],
  ] as const)('whose process group gets %s, server %j', async ([signal, flags]) => {
    await using started = await run(flags)
    const { owner, pids } = started
    expect(pids.filter(pid => isAlive(pid))).toHaveLength(3)
    process.kill(-owner, signal)
    await until(() => !pids.some(pid => isAlive(pid)))
    expect(isAlive(owner)).toBe(false)
  })

  test('that is a worker whose parent is lost, and hangs on without it', async () => {
    await using started = await run([])
    const { owner, pids, disconnect } = started
    expect(pids.filter(pid => isAlive(pid))).toHaveLength(3)
    disconnect()
    await until(() => !pids.some(pid => isAlive(pid)))
    expect(isAlive(owner)).toBe(true)
  })
})
