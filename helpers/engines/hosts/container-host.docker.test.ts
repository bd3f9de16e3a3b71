import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EngineCrashedError, EngineStartError } from '../../errors.ts'
import { processIdentity } from '../../processes/index.ts'
import { type DisposableServer, disposable } from './disposable-server.ts'
import { type DockerClient, requireDocker } from './docker.ts'
import { nodeImage } from './image-for-tests.ts'
import { attachedHost, containerHost, dockerState, howToStart, type LaunchedServer, launchServer } from './index.ts'
import { ownerProgram, testRecipe, testServerScript } from './recipe-for-tests.ts'
import { runId, runLabel } from './run-label.ts'
import type { ServerRecipe } from './server-recipe.ts'

let docker: DockerClient
let image: string
let removeImage: () => Promise<void>

beforeAll(async () => {
  docker = await requireDocker('This test')
  const made = await nodeImage()
  image = made.image
  removeImage = async () => await made[Symbol.asyncDispose]()
})
afterAll(() => removeImage())

const inContainer = (flags: readonly string[] = [], changes: Partial<ServerRecipe> = {}): ServerRecipe =>
  testRecipe(flags, { program: 'node', ...changes })

const launch = async (...parameters: Parameters<typeof inContainer>): Promise<DisposableServer> =>
  disposable(await launchServer(inContainer(...parameters), { how: 'container', image }))

const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('it started')
    },
    error => error,
  )

const idOf = (server: LaunchedServer): string => /\((\w{12})\)$/.exec(server.runsAs)?.[1] ?? ''

const containerOf = (server: LaunchedServer) => docker.container.dockerode.getContainer(idOf(server))

const ask = async (server: LaunchedServer, path: string): Promise<string> => (await fetch(server.url + path)).text()

const ourContainers = async (id = runId): Promise<string[]> => {
  const filters = { label: [`${runLabel}=${id}`] }
  return (await docker.container.dockerode.listContainers({ all: true, filters })).map(({ Id }) => Id)
}

/** Asks until it is so; the test's own timeout ends it. */
const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await delay(25)
}

test('Docker is there, and is what is taken where the program is not', async () => {
  expect(await dockerState()).toMatchObject({ state: 'running', runtimes: expect.arrayContaining(['runc']) })
  expect(await howToStart(inContainer([], { program: 'no-such-engine' }), null)).toBe('container')
})

describe('a server that works', () => {
  test('is ready, with its command line, process and log', async () => {
    const lines: string[] = []
    await using server = await launch(['--name', 'a b'], { onLogLine: line => lines.push(line) })
    expect(server).toMatchObject({
      origin: 'spawned',
      runsAs: `container ${image} (${idOf(server)})`,
      commandLine: [
        ...['/usr/bin/node', `/host${testServerScript}`],
        ...['--host', '0.0.0.0', '--port', '8080', '--name', 'a b'],
      ],
    })
    expect(new URL(server.url).hostname).toBe('127.0.0.1')
    expect(server.startMs).toBeGreaterThan(0)
    const pid = await server.rootPid()
    if (pid.state === 'absent') throw new Error(pid.reason)
    expect(processIdentity(pid.value)).toMatchObject({ value: { command: server.commandLine.join(' ') } })
    await ask(server, '/log?line=one')
    await until(() => lines.length === 2)
    expect(lines).toEqual(['server is starting', 'one'])
    expect(server.logTail()).toEqual(lines)
  })

  test('has what its recipe asks for, and no more', async () => {
    process.env.TEST_SERVER_CACHE = 'inherited'
    process.env.OTHER_SECRET = 'not inherited'
    const volume = `vitest-llm-perf-test-${process.pid}`
    try {
      await using server = await launch([], {
        container: {
          ...{ image: 'none', port: 8080, gpus: true, sharedMemoryBytes: 2 ** 26 },
          ulimits: { nofile: { soft: 2048, hard: 4096 } },
          volumes: [{ name: volume, target: '/cache' }],
        },
      })
      const environment = JSON.parse(await ask(server, '/environment'))
      expect(environment).toMatchObject({ TEST_SERVER_CACHE: 'inherited', SERVER_PORT: '8080' })
      expect(environment).not.toHaveProperty('OTHER_SECRET')
      const { HostConfig, Mounts, NetworkSettings, Config } = await containerOf(server).inspect()
      expect(HostConfig).toMatchObject({ ShmSize: 2 ** 26, Ulimits: [{ Name: 'nofile', Soft: 2048, Hard: 4096 }] })
      expect(Mounts).toHaveLength(2)
      expect(Mounts).toContainEqual(expect.objectContaining({ Source: testServerScript, RW: false }))
      expect(Mounts).toContainEqual(expect.objectContaining({ Name: volume, Destination: '/cache', RW: true }))
      expect(NetworkSettings.Ports).toEqual({
        '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: new URL(server.url).port }],
      })
      expect(Config.Labels).toMatchObject({ [runLabel]: runId })
      await server.stop()
      // A volume is there to outlive the container.
      await docker.container.dockerode.getVolume(volume).remove()
    } finally {
      delete process.env.TEST_SERVER_CACHE
      delete process.env.OTHER_SECRET
      await docker.container.dockerode
        .getVolume(volume)
        .remove()
        .catch(() => {})
    }
  })

  test('is gone after stop(), as often as asked, which is no death; another is never the same', async () => {
    await using server = await launch()
    await Promise.all([server.stop(), server.stop()])
    expect(await ourContainers()).toEqual([])
    await server.stop()
    expect(await Promise.race([server.died, Promise.resolve('no death')])).toBe('no death')
    await using other = await launch()
    expect(idOf(other)).not.toBe(idOf(server))
  })
})

describe('a server that dies later', () => {
  test('by itself: exit code and last lines are told', async () => {
    await using server = await launch()
    await ask(server, '/log?line=last%20words')
    await ask(server, '/exit?code=3').catch(() => {})
    const death = await server.died
    expect(death).toBeInstanceOf(EngineCrashedError)
    expect(death.message).toBe(
      `A test server (${server.runsAs}) ended on its own: exit code 3.\n` +
        'Its last log lines:\n  server is starting\n  last words',
    )
    expect(server.death).toBe(death)
    await server.stop()
    expect(await ourContainers()).toEqual([])
  })

  test('for want of memory: that, and the limit, are told', async () => {
    await using server = await launch()
    await containerOf(server).update({ Memory: 128 * 2 ** 20, MemorySwap: 128 * 2 ** 20 })
    await ask(server, '/fill').catch(() => {})
    expect((await server.died).message).toMatch(
      /ended on its own: out of memory \(exit code 137\): the container's limit of 128 MiB was used up/,
    )
  })

  test('because somebody removed it: told as it looks', async () => {
    await using server = await launch()
    await containerOf(server).remove({ force: true })
    expect((await server.died).message).toMatch(/ended on its own: exit code 137/)
  })
})

describe('a server that does not start', () => {
  test('because it ends at once: exit code, last lines, and no container', async () => {
    const failure = await failureOf(launch(['--exit-with', '2']))
    expect(failure).toBeInstanceOf(EngineStartError)
    const [what, heading, ...lines] = failure.message.replace(/\(\w{12}\)/, '(id)').split('\n')
    expect(what).toBe(`A test server (container ${image} (id)) did not start: exit code 2.`)
    expect(heading).toBe('Its last log lines:')
    // One is written to each of its two streams, and Docker keeps no order between them.
    expect(lines.toSorted()).toEqual(['  server is starting', '  something is wrong with the model'])
    expect(await ourContainers()).toEqual([])
  })

  test('because of a flag that the program does not know', async () => {
    const failure = await failureOf(
      launchServer(inContainer([], { arguments: () => ['--no-such-flag'] }), { how: 'container', image }),
    )
    expect(failure.message).toMatch(/did not start: exit code 9\.\nIts last log lines:\n.*bad option: --no-such-flag/)
    expect(await ourContainers()).toEqual([])
  })

  test('because it is never ready, or the signal says no', async () => {
    const failure = await failureOf(launch(['--never-ready'], { startLimitMs: 3_000 }))
    expect(failure.message).toMatch(
      /did not start: http:\S+ did not answer with 200 within 3 s; last it answered 503\.\nIts last log lines:\n {2}server/,
    )
    const stop = new AbortController()
    const onLogLine = (): void => stop.abort(new Error('no longer'))
    const options = { how: 'container', image, signal: stop.signal } as const
    await expect(launchServer(inContainer(['--never-ready'], { onLogLine }), options)).rejects.toThrow('no longer')
    expect(await ourContainers()).toEqual([])
  })

  test('because there is no such image, and nobody to get it from', async () => {
    const failure = await failureOf(launchServer(inContainer(), { how: 'container', image: 'no.invalid/engine:1.2' }))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(
      /no image no\.invalid\/engine:1\.2, .*docker pull no\.invalid\/engine:1\.2.*PERF_ENGINE_IMAGE.*PERF_ENGINE_URL/,
    )
  })

  test('because the image has no such program', async () => {
    const failure = await failureOf(launch([], { program: 'no-such-engine' }))
    expect(failure.message).toMatch(/did not start: the image has no such program.*no-such-engine/)
    expect(await ourContainers()).toEqual([])
  })
})

describe('a container of somebody else', () => {
  test('is looked at: process, command line, log as it comes; and left as it is', async () => {
    await using server = await launch()
    await ask(server, '/log?line=before')
    const lines: string[] = []
    const host = await attachedHost(server.url, { container: idOf(server), onLogLine: line => lines.push(line) })
    expect(host).toMatchObject({ origin: 'attached', runsAs: server.runsAs, commandLine: server.commandLine })
    expect(await host.rootPid()).toEqual(await server.rootPid())
    await ask(server, '/log?line=after')
    await until(() => lines.length === 3)
    expect(lines).toEqual(['server is starting', 'before', 'after'])
    expect(host.logTail()).toEqual(lines)
    expect((await host.restart()).state).toBe('absent')
    await host.stop()
    expect(await ask(server, '/health')).toBe('')
    expect(await Promise.race([host.died, delay(100, 'no death')])).toBe('no death')
  })

  test('tells of its death', async () => {
    await using server = await launch()
    const host = await containerHost(idOf(server))
    await ask(server, '/exit?code=4').catch(() => {})
    const death = await host.died
    expect(death).toBeInstanceOf(EngineCrashedError)
    expect(death.message).toMatch(
      /^The engine in container .* ended: exit code 4\.\nIts last log lines:\n {2}server is/,
    )
    expect((await host.rootPid()).state).toBe('absent')
    const failure = await failureOf(containerHost(idOf(server)))
    expect(failure.message).toMatch(/is exited, not running\. Start it: docker start/)
    await host.stop()
  })

  test('that does not exist is named', async () => {
    const failure = await failureOf(containerHost('no-such-container'))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(/container no-such-container \(PERF_ENGINE_CONTAINER\).*no such container/)
  })
})

test('no container is left when the process group of the run is killed', async () => {
  const report = '(await import(RUN_LABEL)).runId'.replace(
    'RUN_LABEL',
    JSON.stringify(new URL('run-label.ts', import.meta.url).href),
  )
  const program = ownerProgram(['--ignore-sigterm'], 'container', image, report)
  const owner = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  try {
    const lines = createInterface({ input: owner.stdout })
    const [line = 'nothing: the run ended'] = await Promise.race([
      once(lines, 'line'),
      once(owner, 'exit').then(() => []),
    ])
    const id: string = JSON.parse(String(line))
    expect(await ourContainers(id)).toHaveLength(1)
    if (owner.pid === undefined) throw new Error('it was not started')
    process.kill(-owner.pid, 'SIGKILL')
    await once(owner, 'exit')
    await until(async () => (await ourContainers(id)).length === 0)
  } finally {
    owner.kill('SIGKILL')
  }
})
