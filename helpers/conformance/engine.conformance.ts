import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { type Engine, type EngineTotals, type LoadSettings, startEngine } from '../engines/index.ts'
import { CouldNotMeasureError, EngineStartError, PerfError } from '../errors.ts'
import { chooseModel } from '../fixtures/choose-model.ts'
import { mappedWeights, modelMemory } from '../lab/index.ts'
import { ask, type Canary, canaries, canarySighting, StreamClient } from '../load/index.ts'
import { isAlive, processTree } from '../processes/index.ts'
import { brokenFiles } from './broken-files.ts'
import { loadOptions, offered, test } from './fixtures.ts'
import { killWhileLoading } from './kill-while-loading.ts'
import { allCompleted, chat, numbered, sendAll } from './requests.ts'

/**
 * What this suite relies on, asked of a real engine. The same for all of them: what an engine does not offer is skipped
 * with the reason.
 */
const OUTPUT = 24
const MIB = 2 ** 20

describe('answers', () => {
  test('a stream is complete and has text', async ({ subject, model }) => {
    const target = subject.engine.target(model.name)
    const [record] = allCompleted(
      await sendAll({ target, requests: [chat('one', 'Say something.', OUTPUT, !model.endsItself)], concurrency: 1 }),
    )
    expect(record?.completionTokens).toBeGreaterThan(0)
    expect(record?.arrivalsMs.length).toBeGreaterThan(0)
  })

  test('an output length that is asked for comes, exactly', async ({ subject, model, skip }) => {
    if (model.endsItself) skip('this model may end its answers by itself, and the engine has no way to forbid it')
    const target = subject.engine.target(model.name)
    const lengths = [1, 2, 17, 64]
    const requests = lengths.map(length => chat(`length-${length}`, `Count ${length}.`, length, true))
    const records = allCompleted(await sendAll({ target, requests, concurrency: 1 }))
    expect(records.map(record => record.completionTokens)).toEqual(lengths)
  })

  test('usage counts the prompt as the tokenizer does', async ({ subject, model, skip }) => {
    const { engine } = subject
    const texts = ['red green blue', 'red green blue and a good deal more than that, to be counted']
    const counts = []
    for (const text of texts) counts.push(offered(await engine.countTokens(model.name, text), skip))
    const requests = texts.map((text, i) => chat(`count-${i}`, text, 1, !model.endsItself))
    const records = allCompleted(await sendAll({ target: engine.target(model.name), requests, concurrency: 1 }))
    const [short = 0, long = 0] = records.map(record => record.promptTokens)
    // The chat template adds the same to both.
    expect(long - short).toBe((counts[1] ?? 0) - (counts[0] ?? 0))
  })

  test("TTFT lies before E2E, and both hold the engine's own times", async ({ subject, model }) => {
    const requests = numbered(3).map(i =>
      chat(`time-${i}`, `Tell me ${i} things about time.`, OUTPUT, !model.endsItself),
    )
    const target = subject.engine.target(model.name)
    for (const record of allCompleted(await sendAll({ target, requests, concurrency: 1 }))) {
      const e2eMs = record.endedAtMs - record.sentAtMs
      expect(record.ttftMs).toBeGreaterThan(0)
      // Times are rounded to microseconds, each for itself.
      expect(record.ttftMs).toBeLessThanOrEqual(e2eMs + 0.002)
      if (record.timings === null) continue
      expect(record.ttftMs).toBeGreaterThanOrEqual(record.timings.promptMs)
      expect(e2eMs).toBeGreaterThanOrEqual(record.timings.promptMs + record.timings.predictedMs - 1)
    }
  })

  test('requests at the same time are answered at the same time', async ({ subject, model }) => {
    // So long that a pause of a shared machine is short beside it.
    const outputTokens = loadOptions.contextTokens / 2
    const requests = numbered(4).map(i => chat(`together-${i}`, `Story ${i}, please.`, outputTokens, !model.endsItself))
    const target = subject.engine.target(model.name)
    const records = allCompleted(await sendAll({ target, requests, concurrency: 4 }))
    const lastFirstToken = Math.max(...records.map(record => record.sentAtMs + record.ttftMs))
    const firstEnd = Math.min(...records.map(record => record.endedAtMs))
    expect(lastFirstToken).toBeLessThan(firstEnd)
  })
})

describe('answers of a form', () => {
  test('each request is held to its own JSON schema, together and alone', async ({ subject, model, skip }) => {
    const target = subject.engine.target(model.name)
    const all = canaries(2 * loadOptions.slots)
    const words = all.map(({ word }) => word)
    const say = async ({ word, messages, responseFormat }: Canary) =>
      canarySighting((await ask(target, { messages, responseFormat, maxTokens: 32 })).text, word, words)
    for (const canary of all.slice(0, 1)) {
      if ((await say(canary)) !== 'own') skip('this server does not hold an answer to a JSON schema')
    }
    expect(await Promise.all(all.map(say))).toEqual(all.map(() => 'own'))
  })
})

describe('what goes wrong', () => {
  test('a model that the engine does not have is a failure', async ({ subject, model, skip }) => {
    const target = subject.engine.target(model.name)
    const unknown = { ...target, body: { ...target.body, model: 'no-such-model' } }
    const [record] = await sendAll({ target: unknown, requests: [chat('unknown', 'Hello?', 1, false)], concurrency: 1 })
    if (record?.state === 'completed') skip('a server with a single model ignores the name')
    expect(record).toMatchObject({ failure: 'http-status' })
  })

  test('a prompt beyond the context is refused, or its usage says that it was cut', async ({
    subject,
    model,
    skip,
  }) => {
    const target = subject.engine.target(model.name)
    // More than all slots of a server have together; a server that takes any prompt takes its time for it.
    const words = 1.25 * loadOptions.contextTokens * loadOptions.slots
    const [record] = await sendAll({
      target,
      requests: [chat('long', 'word '.repeat(words), 1, false)],
      concurrency: 1,
    })
    if (record?.state === 'failed') expect(record).toMatchObject({ failure: 'http-status', httpStatus: 400 })
    else if ((record?.promptTokens ?? 0) >= words) skip('this server takes a prompt of any length')
    else expect(record?.promptTokens).toBeGreaterThan(0)
  })

  test('more requests than it takes at once wait, or are refused as such: none is lost', async ({ subject, model }) => {
    const requests = numbered(4 * loadOptions.slots).map(i => chat(`queue-${i}`, `Number ${i}.`, 8, !model.endsItself))
    const records = await sendAll({ target: subject.engine.target(model.name), requests, concurrency: requests.length })
    expect(records).toHaveLength(requests.length)
    const refused = records.filter(record => record.state === 'failed')
    for (const record of refused) expect(record).toMatchObject({ failure: 'http-status', httpStatus: 503 })
    expect(refused.length).toBeLessThan(requests.length)
  })

  test('a request that is cancelled is no success, and the engine stops working on it', async ({
    subject,
    model,
    sampler,
    skip,
  }) => {
    const target = subject.engine.target(model.name)
    await using client = new StreamClient({ target, connections: 1 })
    const long = chat('cancelled', 'Never stop.', 800, !model.endsItself)
    const sending = sendAll({ target, requests: [long], concurrency: 1, client })
    await wait(150)
    client.abort('cancelled by the test')
    const [record] = await sending
    if (record?.state === 'completed') skip('the answer was complete before it could be cancelled')
    expect(record).toMatchObject({ state: 'failed', failure: 'aborted' })
    await idle(subject.engine, sampler, skip)
  })
})

describe('the ledger', () => {
  test('500 requests, 8 at a time: the sums are those of the engine', async ({ subject, model }) => {
    const { engine } = subject
    const before = await engine.totals(model.name)
    const requests = numbered(500).map(i => chat(`ledger-${i}`, `Entry ${i} of the ledger.`, 4, !model.endsItself))
    const records = allCompleted(await sendAll({ target: engine.target(model.name), requests, concurrency: 8 }))
    const after = await engine.totals(model.name)
    const sum = (of: (record: (typeof records)[number]) => number) =>
      records.reduce((all, record) => all + of(record), 0)
    const client = {
      requests: records.length,
      promptTokens: sum(record => record.promptTokens),
      generatedTokens: sum(record => record.completionTokens),
    }
    expect(client.requests).toBe(500)
    // On an engine without counters the length that was asked for is the ledger.
    if (!model.endsItself) expect(client.generatedTokens).toBe(500 * 4)
    expect({ ...client, ...deltas(before, after) }).toEqual(client)
  })
})

describe('models', () => {
  test('looking at a model neither loads it nor changes it', async ({ subject, model }) => {
    const first = await subject.engine.residency(model.name)
    expect(first).toMatchObject({ state: 'loaded' })
    expect(await subject.engine.residency(model.name)).toEqual(first)
  })

  test('unload gives the memory back, and a load takes it again', async ({ subject, model, sampler, skip }) => {
    const { engine } = subject
    await sampler.follow({ roots: await engine.processRoots(), queue: null })
    const loaded = offered((await sampler.read()).metrics.engineRssBytes, skip)
    await unloadOrSkip(engine, model.name, skip)
    expect((await engine.residency(model.name)).state).toBe('not loaded')
    await sampler.follow({ roots: await engine.processRoots(), queue: null })
    const unloaded = (await sampler.read()).metrics.engineRssBytes
    const { loadMs } = await engine.load(model, loadOptions)
    await sampler.follow({ roots: await engine.processRoots(), queue: null })
    const again = offered((await sampler.read()).metrics.engineRssBytes, skip)
    expect(loadMs).toBeGreaterThan(0)
    // An engine whose process is the model has no memory left at all.
    const left = unloaded.state === 'measured' ? unloaded.value : 0
    const leastBytes = Math.max(MIB, 0.5 * model.bytes)
    expect(loaded - left).toBeGreaterThan(leastBytes)
    expect(again - left).toBeGreaterThan(leastBytes)
  })

  test('a model that is unloaded behind its back is seen to be', async ({ subject, model, options, skip }) => {
    const { engine } = subject
    const first = await engine.residency(model.name)
    // Somebody else, who speaks to the same server.
    const other =
      engine.identity.origin === 'attached' ? await startEngine(options) : await attachedTo(engine, model.name, skip)
    await unloadOrSkip(other, model.name, skip)
    expect((await engine.residency(model.name)).state).toBe('not loaded')
    await engine.load(model, loadOptions)
    const second = await engine.residency(model.name)
    expect(second).not.toEqual(first)
  })

  test('two models answer at the same time', async ({ subject, model, options, skip }) => {
    const { engine } = subject
    const request = { model: 'llama-3.2-1b', role: 'second' }
    const second = await chooseModel(request, engine, options).catch(error => skip(textOf(error)))
    if (second.name === model.name) skip('this server has one model')
    await engine.load(second, loadOptions)
    const both = await Promise.all(
      [model, second].map(({ name, endsItself }) =>
        sendAll({
          target: engine.target(name),
          requests: numbered(3).map(i => chat(`${name}-${i}`, `You are ${name}.`, OUTPUT, !endsItself)),
          concurrency: 1,
        }),
      ),
    )
    for (const records of both) expect(allCompleted(records)).toHaveLength(3)
    for (const { name } of [model, second]) expect(await engine.residency(name)).toMatchObject({ state: 'loaded' })
    await engine.unload(second.name)
    expect(await engine.residency(model.name)).toMatchObject({ state: 'loaded' })
  })
})

describe('loads', () => {
  test('the process of a model is told while it is loaded, and not afterwards', async ({ subject, model, skip }) => {
    const { engine } = subject
    const { pid } = offered(await engine.modelProcess(model.name), skip)
    expect(isAlive(pid)).toBe(true)
    const roots = offered(await engine.processRoots(), skip)
    expect(roots.flatMap(root => processTree(root))).toContain(pid)
    await unloadOrSkip(engine, model.name, skip)
    expect(await engine.modelProcess(model.name)).toMatchObject({ state: 'absent' })
    await engine.load(model, loadOptions)
    expect(offered(await engine.modelProcess(model.name), skip).pid).not.toBe(pid)
  })

  test('a type of the KV cache with a load: fewer bits take less memory', async ({ subject, model, skip }) => {
    const { engine } = subject
    needsSetting(engine, 'kvCacheType', skip)
    const held = async (kvCacheType: 'f16' | 'q8_0' | 'q4_0'): Promise<number> => {
      // Enough tokens that the cache outweighs what a process takes more or less from one start to the next.
      await engine.load(model, { contextTokens: 16_384, slots: 2, settings: { kvCacheType } })
      return offered(await modelMemory(engine, model.name), skip).privateBytes
    }
    const [sixteen, eight, four] = [await held('f16'), await held('q8_0'), await held('q4_0')]
    expect(sixteen - eight).toBeGreaterThan(4 * MIB)
    expect(eight - four).toBeGreaterThan(MIB)
    await engine.load(model, loadOptions)
  })

  test('a file is mapped or copied, as the load says', async ({ subject, model, skip }) => {
    const { engine } = subject
    needsSetting(engine, 'memoryMap', skip)
    await engine.load(model, { ...loadOptions, settings: { memoryMap: true } })
    const mapped = offered(await mappedWeights(engine, model.name), skip)
    expect(mapped.residentBytes).toBeGreaterThan(0.5 * model.bytes)
    await engine.load(model, { ...loadOptions, settings: { memoryMap: false } })
    expect(await mappedWeights(engine, model.name)).toMatchObject({ state: 'absent' })
    await engine.load(model, loadOptions)
  })

  test('an earlier prompt is used again, or not, as the load says', async ({ subject, model, skip }) => {
    const { engine } = subject
    needsSetting(engine, 'prefixCache', skip)
    const again = chat('again', 'word '.repeat(64), 2, !model.endsItself)
    for (const prefixCache of [false, true]) {
      await engine.load(model, { ...loadOptions, settings: { prefixCache } })
      const target = engine.target(model.name)
      const [, second] = allCompleted(await sendAll({ target, requests: [again, again], concurrency: 1 }))
      if (prefixCache) expect(second?.cachedTokens).toBeGreaterThan(32)
      else expect(second?.cachedTokens).toBe(0)
    }
    await engine.load(model, loadOptions)
  })

  test('attention is worked out as the load says: a quantised cache needs flash attention', async ({
    subject,
    model,
    skip,
  }) => {
    const { engine } = subject
    needsSetting(engine, 'flashAttention', skip)
    const quantised = { ...loadOptions, settings: { kvCacheType: 'q8_0' } } as const
    await engine.load(model, { ...quantised, settings: { ...quantised.settings, flashAttention: true } })
    const without = engine.load(model, { ...quantised, settings: { ...quantised.settings, flashAttention: false } })
    await expect(without).rejects.toThrow(EngineStartError)
    await engine.load(model, loadOptions)
  })

  test('a setting that it does not honour is refused', async ({ subject, model, skip }) => {
    const { engine } = subject
    const settings = {
      kvCacheType: 'q8_0',
      memoryMap: false,
      gpuLayers: 0,
      flashAttention: true,
      prefixCache: false,
      gpuMemoryShare: 0.5,
      tensorParallel: 1,
    } as const satisfies Required<LoadSettings>
    if (engine.traits.loadSettings.length === Object.keys(settings).length) skip('it honours every setting')
    await expect(engine.load(model, { ...loadOptions, settings })).rejects.toThrow(CouldNotMeasureError)
    expect(await engine.residency(model.name)).toMatchObject({ state: 'loaded' })
  })

  test('a file that is cut off, or of an unknown architecture, is refused, and the others answer', async ({
    subject,
    model,
    skip,
  }) => {
    const { engine } = subject
    if (engine.traits.modelFormat !== 'gguf' || model.path === '') skip('this server takes no files of ours')
    await using broken = await brokenFiles(model.path)
    for (const file of [broken.cutOff, broken.unknown]) {
      const failure: unknown = await engine.load(file, loadOptions).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(EngineStartError)
      expect(textOf(failure)).toContain(file.name)
      expect(await engine.modelProcess(file.name)).toMatchObject({ state: 'absent' })
    }
    expect(
      await ask(engine.target(model.name), { messages: [{ role: 'user', content: 'Go on.' }], maxTokens: 4 }),
    ).toEqual(expect.objectContaining({ completionTokens: expect.any(Number) }))
  })

  test('a process that is killed while it loads: the load fails, and the next one does not', async ({
    subject,
    model,
    options,
    skip,
  }) => {
    const { engine } = subject
    if (engine.traits.modelFormat !== 'gguf' || model.path === '') skip('this server takes no files of ours')
    // Large enough to be seen while it loads.
    const second = await chooseModel({ model: 'qwen2.5-3b', role: 'second' }, engine, options)
    const roots = offered(await engine.processRoots(), skip)
    const load = engine.load(second, loadOptions)
    const isKilled = await killWhileLoading([...roots, process.pid], load)
    if (!isKilled) skip('the load was over before its process was seen')
    await expect(load).rejects.toThrow(EngineStartError)
    expect(await engine.residency(second.name)).toMatchObject({ state: 'not loaded' })
    expect(await engine.residency(model.name)).toMatchObject({ state: 'loaded' })
    await engine.load(second, loadOptions)
    expect(await engine.residency(second.name)).toMatchObject({ state: 'loaded' })
    await engine.unload(second.name)
  })
})

describe('a process that dies', () => {
  test('in the middle of a stream: the request is a failure, and the engine answers again', async ({
    subject,
    model,
    skip,
  }) => {
    const { engine } = subject
    const target = engine.target(model.name)
    const residency = await engine.residency(model.name)
    const instance = residency.state === 'loaded' ? offered(residency.instance, skip) : skip('it is not loaded')
    const pid = Number(instance.split(':')[0])
    if (engine.identity.origin === 'attached' && offered(await engine.processRoots(), skip).includes(pid))
      skip('killing it would end a server that is not ours')
    const sending = sendAll({
      target,
      requests: numbered(2).map(i => chat(`killed-${i}`, 'Never stop.', 800, !model.endsItself)),
      concurrency: 2,
    })
    await wait(150)
    const victims = [pid, ...processTree(pid)]
    process.kill(pid, 'SIGKILL')
    for (const record of await sending) expect(record.state).toBe('failed')
    await expect.poll(() => victims.some(victim => isAlive(victim)), { timeout: 30_000 }).toBe(false)
    subject.engine = await recovered(engine, model)
    const [answer] = await sendAll({
      target: subject.engine.target(model.name),
      requests: [chat('recovered', 'Are you there?', 4, !model.endsItself)],
      concurrency: 1,
    })
    expect(answer).toMatchObject({ state: 'completed' })
  })
})

/** It loads its model again, or it died as a whole and is started anew. */
async function recovered(engine: Engine, model: Parameters<Engine['load']>[0]): Promise<Engine> {
  const death = await Promise.race([engine.died, wait(2000, null)])
  if (death === null) {
    await engine.load(model, loadOptions)
    return engine
  }
  const fresh = await engine.restart()
  if (fresh.state === 'absent') throw new Error(fresh.reason)
  await fresh.value.load(model, loadOptions)
  return fresh.value
}

/** Waits until the engine does nothing: by its own gauge, else by its CPU time. */
async function idle(
  engine: Engine,
  sampler: { read(): Promise<{ atMs: number; metrics: { engineCpuMs: Parameters<typeof offered<number>>[0] } }> },
  skip: (note: string) => never,
): Promise<void> {
  const { running } = await engine.queue()
  if (running.state === 'measured') {
    await expect.poll(async () => offered((await engine.queue()).running, skip), { timeout: 5000 }).toBe(0)
    return
  }
  await wait(1000)
  const first = await sampler.read()
  await wait(1000)
  const second = await sampler.read()
  const busyMs = offered(second.metrics.engineCpuMs, skip) - offered(first.metrics.engineCpuMs, skip)
  expect(busyMs / (second.atMs - first.atMs)).toBeLessThan(0.3)
}

async function unloadOrSkip(engine: Engine, modelName: string, skip: (note: string) => never): Promise<void> {
  try {
    await engine.unload(modelName)
  } catch (error) {
    if (!(error instanceof PerfError) || !error.message.startsWith('Cannot unload')) throw error
    skip(error.message)
  }
}

function attachedTo(engine: Engine, modelName: string, skip: (note: string) => never): Promise<Engine> {
  const { name } = engine.identity
  if (name === 'vllm' || name === 'openai') return skip(`a server of ${name} has its model for as long as it runs`)
  return startEngine({
    engine: name === 'embedded' ? 'llama-server' : name,
    engineStart: null,
    engineImage: null,
    engineArguments: [],
    engineUrl: engine.target(modelName).origin,
    enginePid: null,
    engineContainer: null,
    apiKey: null,
  })
}

/** What the engine counted meanwhile, of what it counts. */
function deltas(before: EngineTotals, after: EngineTotals): Partial<Record<keyof EngineTotals, number>> {
  const counted: Partial<Record<keyof EngineTotals, number>> = {}
  for (const key of ['requests', 'promptTokens', 'generatedTokens'] as const) {
    const [from, to] = [before[key], after[key]]
    if (from.state === 'measured' && to.state === 'measured') counted[key] = to.value - from.value
  }
  return counted
}

function needsSetting(engine: Engine, name: keyof LoadSettings, skip: (note: string) => never): void {
  const { loadSettings } = engine.traits
  if (!loadSettings.includes(name)) skip(`this engine honours ${loadSettings.join(', ') || 'no setting'} at a load`)
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
