import { afterAll, beforeAll, expect, test } from 'vitest'
import { CouldNotMeasureError } from '../../errors.ts'
import { mappedWeights, modelMemory } from '../../lab/index.ts'
import type { LoadSettings } from '../engine.ts'
import { call, startTestEngine, stream, type TestEngine, usageOf } from './engine-for-tests.ts'

let tested: TestEngine
beforeAll(async () => {
  tested = await startTestEngine()
})
afterAll(async () => {
  await tested[Symbol.asyncDispose]()
})

async function load(settings: LoadSettings, contextTokens = 256, slots = 2): Promise<number> {
  const { engine, model } = tested
  await engine.load(model('tiny'), { contextTokens, slots, settings })
  const found = await engine.modelProcess('tiny')
  if (found.state === 'absent') throw new Error(found.reason)
  return found.value.pid
}

async function privateBytes(): Promise<number> {
  const memory = await modelMemory(tested.engine, 'tiny')
  if (memory.state === 'absent') throw new Error(memory.reason)
  return memory.value.privateBytes
}

test('a KV cache of fewer bits takes less memory', async () => {
  const held: number[] = []
  for (const kvCacheType of ['f16', 'q8_0', 'q4_0'] as const) {
    await load({ kvCacheType }, 32_768, 8)
    held.push(await privateBytes())
  }
  const [sixteen = 0, eight = 0, four = 0] = held
  // 512 bytes a token with 16 bits, eight slots: 128 MiB, 68 MiB and 36 MiB; two loads differ by up to 6 MiB.
  expect(sixteen - eight).toBeGreaterThan(45 * 2 ** 20)
  expect(eight - four).toBeGreaterThan(20 * 2 ** 20)
})

test('weights are mapped or copied', async () => {
  const isMapped = async () => (await mappedWeights(tested.engine, 'tiny')).state === 'measured'
  await load({ memoryMap: true })
  expect(await isMapped()).toBe(true)
  await load({ memoryMap: false })
  expect(await isMapped()).toBe(false)
})

test('an earlier prompt is used again, or not', async () => {
  const { engine } = tested
  const prompt = { model: 'tiny', prompt: 'again '.repeat(40), max_tokens: 2, stream_options: { include_usage: true } }
  const cachedOfTheSecond = async (): Promise<number> => {
    await stream(engine, '/v1/completions', prompt)
    const { prompt_tokens_details: details } = usageOf(await stream(engine, '/v1/completions', prompt))
    return details.cached_tokens
  }
  await load({ prefixCache: false })
  expect(await cachedOfTheSecond()).toBe(0)
  await load({ prefixCache: true })
  expect(await cachedOfTheSecond()).toBeGreaterThan(30)
})

test('flash attention is on or off: llama.cpp refuses a quantised cache without it', async () => {
  await load({ kvCacheType: 'q8_0', flashAttention: true })
  await expect(load({ kvCacheType: 'q8_0', flashAttention: false })).rejects.toThrow(/could not be loaded/)
  await load({ flashAttention: false })
})

test('other settings load the model again, the same ones do not', async () => {
  const first = await load({ kvCacheType: 'q8_0', gpuLayers: 0 })
  expect(await load({ gpuLayers: 0, kvCacheType: 'q8_0' })).toBe(first)
  const second = await load({ kvCacheType: 'f16', gpuLayers: 0 })
  expect(second).not.toBe(first)
  expect(await load({})).not.toBe(second)
})

test('what it does not have is refused', async () => {
  const { engine, model } = tested
  const withProjector = { ...model('tiny'), projectorPath: '/mm.gguf' }
  const refused = engine.load(withProjector, { contextTokens: 256, slots: 1 })
  await expect(refused).rejects.toThrow(CouldNotMeasureError)
  await load({})
  await engine.unload('tiny')
  const { path } = model('tiny')
  const body = { model: 'other', path, settings: { kvCacheType: 'f64' } }
  expect(await call(engine, '/models/load', body)).toMatchObject({ status: 400 })
})
