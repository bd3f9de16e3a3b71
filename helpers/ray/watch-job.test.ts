import { expect, test } from 'vitest'
import type { RayCluster } from './cluster.ts'
import { type FakeAnswer, fakeRay } from './fake-ray.ts'
import { JobsClient } from './jobs-client.ts'
import recorded from './ray-2.60.0.data.json' with { type: 'json' }
import { type WatchHooks, watchJob } from './watch-job.ts'

const job = { id: 'j', prefix: 'perf-1', replicas: 1 }
const limits = { waitMs: 0, startMs: 60_000, silenceMs: 60_000 }
const list = (result: unknown[]) => ({ data: { result: { result } } })
const engine = {
  class_name: 'MapWorker(MapBatches(vLLMEngineStageUDF))',
  state: 'ALIVE',
  node_id: 'n',
  pid: 7,
  num_restarts: '0',
  death_cause: null,
}
const running = { status: 'RUNNING', job_id: '02000000', message: null, driver_exit_code: null }
const say = (event: object): string => `perf-1 ${JSON.stringify(event)}\n`
const block = say({
  event: 'block',
  atMs: 5,
  rows: [{ id: 'a', promptTokens: 1, completionTokens: 1, tookMs: 1 }],
})

/** A cluster whose job is as the answers say; once it is asked to stop it has stopped. */
async function cluster(answers: Record<string, FakeAnswer['body'] | (() => FakeAnswer['body'])>) {
  let stopped = false
  const ray = await fakeRay(route => {
    if (route === 'POST /api/jobs/j/stop') stopped = true
    if (route === 'GET /api/jobs/j' && stopped) return { body: { ...running, status: 'STOPPED' } }
    const answer = answers[route]
    return { body: (typeof answer === 'function' ? answer() : answer) ?? {} }
  })
  const watch = (hooks: WatchHooks = {}, died: Promise<Error> = new Promise(() => {})) => {
    const seen: Pick<RayCluster, 'client' | 'died'> = { client: new JobsClient(ray.url, null), died }
    return watchJob(seen, job, hooks, limits)
  }
  const wasStopped = (): boolean => ray.requests.some(({ route }) => route === 'POST /api/jobs/j/stop')
  return { watch, wasStopped, [Symbol.asyncDispose]: () => ray[Symbol.asyncDispose]() }
}

test('a job that ends: what the log told in pieces, once each', async () => {
  let looks = 0
  const logs = [block.slice(0, 20), block, block + say({ event: 'end', atMs: 6 })]
  await using ray = await cluster({
    'GET /api/jobs/j': () => ({ ...running, status: looks++ < 1 ? 'RUNNING' : 'SUCCEEDED' }),
    'GET /api/jobs/j/logs': () => ({ logs: looks > 1 ? logs[2] : logs[0] }),
    'GET /api/v0/actors': list([engine]),
  })
  const up: number[] = []
  const onReplicas = async (replicas: { pid: number | null }[]) =>
    void up.push(...replicas.flatMap(({ pid }) => pid ?? []))
  const { events, ending } = await ray.watch({ onReplicas })
  expect(events.map(({ event }) => event)).toEqual(['block', 'end'])
  expect(ending).toMatchObject({ how: 'over', job: { status: 'SUCCEEDED' }, log: logs[2] })
  expect(up).toEqual([7])
  expect(ray.wasStopped()).toBe(false)
})

test('an engine without a place: what it waits for and what there is, and the job is stopped', async () => {
  await using ray = await cluster({
    'GET /api/jobs/j': running,
    'GET /api/jobs/j/logs': { logs: '' },
    'GET /api/v0/actors': list([{ ...engine, state: 'PENDING_CREATION', pid: 0 }]),
    'GET /api/v0/nodes': recorded.nodes,
    'GET /api/cluster_status': recorded.clusterStatus.waitsForGpu,
  })
  const { ending } = await ray.watch()
  expect(ending).toEqual({
    how: 'waits',
    message: expect.stringMatching(
      /an engine waits for resources.*1 GPU.*8 CPU, 21.9 GiB.*no node of it could ever give/,
    ),
  })
  expect(ray.wasStopped()).toBe(true)
})

test('an engine that Ray starts anew has been lost', async () => {
  const restarting = {
    ...engine,
    state: 'RESTARTING',
    num_restarts: '1',
    death_cause: { actor_died_error_context: { error_message: 'its worker died' } },
  }
  await using ray = await cluster({
    'GET /api/jobs/j': running,
    'GET /api/jobs/j/logs': { logs: block },
    'GET /api/v0/actors': list([restarting]),
    'GET /api/v0/workers': list([]),
  })
  const { ending } = await ray.watch()
  expect(ending).toEqual({ how: 'engine lost', message: expect.stringContaining('its worker died') })
  expect(ray.wasStopped()).toBe(true)
})

test('why an engine was lost is said of its process and in the log, where it is not of its actor', async () => {
  const said = '[vLLM] Fatal engine error, exiting actor to trigger restart: EngineCore encountered an issue.'
  await using ray = await cluster({
    'GET /api/jobs/j': running,
    'GET /api/jobs/j/logs': { logs: `\u001b[36m(MapWorker pid=2581)\u001b[0m ${said}\nINFO going on\n` },
    'GET /api/v0/actors': list([{ ...engine, state: 'RESTARTING', num_restarts: '1' }]),
    'GET /api/v0/workers': recorded.workers.outOfMemory,
  })
  const { ending } = await ray.watch()
  expect(ending).toEqual({ how: 'engine lost', message: expect.stringContaining(`(MapWorker pid=2581) ${said}`) })
  expect(ending).toMatchObject({ message: expect.stringContaining('due to the node running low on memory') })
})

test('a Ray that ends meanwhile is lost, and is not asked any more', async () => {
  await using ray = await cluster({
    'GET /api/jobs/j': running,
    'GET /api/jobs/j/logs': { logs: '' },
    'GET /api/v0/actors': list([engine]),
  })
  const { ending } = await ray.watch({}, Promise.resolve(new Error('Ray ended on its own: SIGKILL.')))
  expect(ending).toEqual({ how: 'cluster lost', message: 'Ray ended on its own: SIGKILL.' })
  expect(ray.wasStopped()).toBe(false)
})

test('an abort stops the job before it rejects', async () => {
  const abort = new AbortController()
  await using ray = await cluster({
    'GET /api/jobs/j': running,
    'GET /api/jobs/j/logs': { logs: block },
    'GET /api/v0/actors': list([engine]),
  })
  const watched = ray.watch({ signal: abort.signal, onEvent: () => abort.abort(new Error('stopped by a test')) })
  await expect(watched).rejects.toThrow('stopped by a test')
  expect(ray.wasStopped()).toBe(true)
})

test('a line of the driver that makes no sense stops the job and is said', async () => {
  await using ray = await cluster({
    'GET /api/jobs/j': running,
    'GET /api/jobs/j/logs': { logs: say({ event: 'begin' }) },
    'GET /api/v0/actors': list([engine]),
  })
  await expect(ray.watch()).rejects.toThrow('none of its events')
  expect(ray.wasStopped()).toBe(true)
})
