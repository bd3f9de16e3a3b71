import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { programPath } from '../engines/hosts/index.ts'
import { BadInputError } from '../errors.ts'
import { isAlive, processIdentity, processTree } from '../processes/index.ts'
import { openCluster } from './cluster.ts'
import { jobPackage } from './job-package.ts'
import { JobsClient } from './jobs-client.ts'
import { watchJob } from './watch-job.ts'

const hasRay = programPath('ray') !== undefined
const door = fileURLToPath(new URL('./index.ts', import.meta.url))

/** One Ray for all of it: a start takes 10 to 25 s. */
test.skipIf(!hasRay)('a local Ray takes jobs, with its token alone, and is gone at the end', async () => {
  let pids: number[] = []
  {
    await using cluster = await openCluster({ kind: 'local' })
    const { client, processRoots, ...about } = cluster
    expect(about).toMatchObject({ origin: 'spawned', version: expect.stringMatching(/^\d+\.\d+/), isHere: true })
    expect(about.room.cpus).toBeGreaterThanOrEqual(8)
    pids = processRoots.flatMap(pid => processTree(pid))
    expect(pids.length).toBeGreaterThan(3)

    for (const token of [null, 'wrong'])
      await expect(openCluster({ kind: 'dashboard', url: client.url }, { token })).rejects.toThrow(BadInputError)

    const driver = 'import ray\nray.init()\nprint("perf-9 {\\"event\\":\\"end\\",\\"atMs\\":1}")\nraise SystemExit(3)\n'
    const workingDirectory = await client.upload(jobPackage({ 'x.py': driver }))
    await client.submit({ id: 'x', entrypoint: 'python x.py', workingDirectory, environment: {} })
    const { events, ending } = await watchJob(cluster, { id: 'x', prefix: 'perf-9', replicas: 1 })
    expect(events).toEqual([{ event: 'end', atMs: 1 }])
    expect(ending).toMatchObject({ how: 'over', job: { status: 'FAILED', driver_exit_code: 3 } })

    const never = { id: 'y', entrypoint: 'sleep 600', workingDirectory, environment: {} }
    await client.submit(never)
    const abort = new AbortController()
    const watched = watchJob(cluster, { id: 'y', prefix: 'perf-9', replicas: 1 }, { signal: abort.signal })
    abort.abort(new Error('no longer wanted'))
    await expect(watched).rejects.toThrow('no longer wanted')
  }
  expect(pids.filter(pid => isAlive(pid))).toEqual([])
})

test.skipIf(!hasRay)('it does not outlive a run that is killed, and neither do its files', async () => {
  const script = `
    import { openCluster } from '${door}'
    const cluster = await openCluster({ kind: 'local' })
    console.log(JSON.stringify([cluster.processRoots[0], cluster.client.url]))
    setInterval(() => {}, 1000)`
  const run = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: run.stdout }), 'line')) as [string]
  const [root, url] = JSON.parse(line) as [number, string]
  const pids = processTree(root)
  const folder = folderOf(pids)
  expect(existsSync(folder)).toBe(true)
  run.kill('SIGKILL')
  await expect.poll(() => pids.filter(pid => isAlive(pid)), { timeout: 30_000 }).toEqual([])
  await expect.poll(() => existsSync(folder), { timeout: 30_000 }).toBe(false)
  await expect(new JobsClient(url, null).version()).rejects.toThrow('Nothing answers')
})

/** As its own command line has it. */
function folderOf(pids: readonly number[]): string {
  const commands = pids
    .map(pid => processIdentity(pid))
    .flatMap(found => (found.state === 'measured' ? found.value.command : []))
  return /--temp-dir (\S+)/.exec(commands.join('\n'))?.[1] ?? expect.unreachable('its folder is in no command line')
}
