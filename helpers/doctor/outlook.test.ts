import { describe, expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { diskBytes, outlooks, planSpecs } from '../plan-items/index.ts'
import { exampleFacts } from './example-facts.ts'
import { startedTraits } from './started-traits.ts'

type Changes = Parameters<typeof exampleFacts>[0]

const outlookOf = async (id: string, changes: Changes = {}) =>
  outlooks(await exampleFacts(changes)).find(({ item }) => item.id === id)?.outlook ??
  expect.unreachable(`no item ${id}`)

const vllmHere = {
  name: 'vllm',
  version: '0.32.0',
  origin: 'spawned',
  where: 'binary vllm',
  traits: startedTraits('vllm'),
} as const

describe('an item runs where it has what it needs, and is skipped without it', () => {
  test.for<[id: string, changes: Changes]>([
    ['001.expected-throughput', { options: { expectedThroughput: 0.2 } }],
    ['001.own-requests', { options: { input: 'batch.jsonl' } }],
    ['001.baselines', { baseline: measured('baselines/here/embedded--model.json') }],
    ['001.batch-api', { batchApi: measured('http://127.0.0.1:4000') }],
    ['000.medium-models.temperature', { temperatureC: measured(50) }],
    ['000.medium-models.throttling', { options: { profile: 'standard' } }],
    ['000.large-models.7b-in-60-s', { options: { profile: 'full' } }],
    ['004.ttft-8k', { options: { profile: 'full' } }],
    ['000.large-models.nvme', { nvme: measured(undefined) }],
    ['000.concurrency.sharding', { gpuBytes: measured(2 ** 34) }],
    ['002.on-ray.sla', { ray: measured('started here') }],
    ['002.over-http.gpu-utilisation', { gpuBytes: measured(2 ** 34) }],
    ['002.over-http.utilization', { engine: vllmHere, gpuBytes: measured(2 ** 34) }],
    ['002.over-http.tensor-parallel', { engine: vllmHere, gpus: 2 }],
    ['004.a', { engine: vllmHere }],
  ])('%s', async ([id, changes]) => {
    expect(await outlookOf(id)).toMatchObject({ state: 'skipped' })
    expect(await outlookOf(id, changes)).toEqual({ state: 'runs' })
  })

  test('paging, where the process may not switch swap on', async () => {
    expect(await outlookOf('000.large-models.paging')).toEqual({ state: 'runs' })
    expect(
      await outlookOf('000.large-models.paging', { pagingRights: absent('switching swap on takes root') }),
    ).toEqual({
      state: 'skipped',
      reason: 'switching swap on takes root',
      first: null,
      command: 'sudo -E env "PATH=$PATH" npx vitest run perf/model-limits/large-models',
    })
  })

  test('what no engine has, whatever is here', async () => {
    expect(await outlookOf('000.memory.tokenizers')).toMatchObject({ state: 'skipped', command: null })
  })
})

describe('the command that enables it', () => {
  test('takes the first engine that can be started here', async () => {
    expect(await outlookOf('001.keep-alive.expiry')).toEqual({
      state: 'skipped',
      reason: 'the embedded engine unloads a model only when it is told to',
      first: null,
      command: 'PERF_ENGINE=llama-server npx vitest run perf/multi-batch/keep-alive',
    })
  })

  test('says what comes first where no engine can be started', async () => {
    const startable = {
      'llama-server': absent('no llama-server here'),
      ollama: absent('no Ollama here'),
      vllm: absent('no vLLM here'),
    }
    expect(await outlookOf('001.keep-alive.expiry', { startable })).toMatchObject({
      first: 'ollama on the PATH, or Docker',
      command: 'PERF_ENGINE=ollama npx vitest run perf/multi-batch/keep-alive',
    })
  })

  test('has all that an item lacks', async () => {
    expect(await outlookOf('000.vision-models.phi-3.5-vision')).toMatchObject({
      command:
        'PERF_MODEL=vision=microsoft/Phi-3.5-vision-instruct PERF_ENGINE_ARGS=--trust-remote-code PERF_ENGINE=vllm ' +
        'npx vitest run perf/model-limits/vision-models',
    })
    expect(await outlookOf('004.gain')).toMatchObject({
      first: 'a machine with a GPU',
      command: 'PERF_PROFILE=full npx vitest run perf/engine-tuning/matrix',
    })
  })

  test('takes a URL back where another engine is to be started', async () => {
    const options = { engineUrl: 'http://127.0.0.1:8000' }
    const engine = { ...vllmHere, origin: 'attached', where: options.engineUrl } as const
    expect(await outlookOf('003.isolation.servers', { engine, options, has: ['qwen'] })).toMatchObject({
      reason: 'the server at http://127.0.0.1:8000 is not ours',
      command: 'PERF_ENGINE=embedded PERF_ENGINE_URL= npx vitest run perf/model-swapping/isolation',
    })
  })
})

test('nothing runs on an engine that is not there', async () => {
  const all = outlooks({ ...(await exampleFacts()), engine: absent('nothing listens at http://127.0.0.1:9') })
  expect(new Set(all.map(({ outlook }) => JSON.stringify(outlook)))).toEqual(
    new Set([JSON.stringify({ state: 'cannot run', reason: 'nothing listens at http://127.0.0.1:9' })]),
  )
})

test('a model that the user named and that is not there is an error', async () => {
  const options = { model: { kind: 'one', name: '/nowhere/model.gguf' } } as const
  const item = { state: 'cannot run', reason: expect.stringContaining('/nowhere/model.gguf') }
  expect(await outlookOf('001.sequential-batches', { options, namedRoles: ['small'] })).toEqual(item)
  expect(await outlookOf('001.keep-alive.expiry', { options, namedRoles: ['small'] })).toMatchObject({
    state: 'skipped',
  })
})

describe('diskBytes', () => {
  const specOf = (name: string) => planSpecs.find(spec => spec.name === name) ?? expect.unreachable(name)

  test('counts a file that several specs share once', async () => {
    const facts = await exampleFacts()
    const [one, other] = [specOf('multi-batch/sequential-batches'), specOf('multi-batch/extended-stress')]
    // 17.1 MiB of weights, as its file has.
    expect(diskBytes([one], facts)).toBeGreaterThan(16 * 2 ** 20)
    expect(diskBytes([one], facts)).toBeLessThan(18 * 2 ** 20)
    expect(diskBytes([one, other], facts)).toBe(diskBytes([one], facts))
  })

  test('counts copies, and whole models in standard', async () => {
    const quick = await exampleFacts()
    const standard = await exampleFacts({ options: { profile: 'standard' } })
    const spec = specOf('model-swapping/isolation')
    expect(diskBytes([spec], quick)).toBe(3 * diskBytes([specOf('multi-batch/keep-alive')], quick))
    expect(diskBytes([spec], standard)).toBeGreaterThan(8 * diskBytes([spec], quick))
  })

  test('is nothing where the engine has its models itself', async () => {
    const engine = { ...vllmHere, origin: 'attached', where: 'http://127.0.0.1:8000' } as const
    expect(diskBytes(planSpecs, await exampleFacts({ engine, has: ['qwen'] }))).toBe(0)
  })
})
