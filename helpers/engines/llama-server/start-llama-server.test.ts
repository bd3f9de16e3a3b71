import { describe, expect, test } from 'vitest'
import { ModelMissingError } from '../../errors.ts'
import type { LoadSettings } from '../engine.ts'
import { llamaServerImage, llamaServerRecipe, startLlamaServer } from './start-llama-server.ts'

const place = { host: '0.0.0.0', port: 8080, path: (local: string) => `/host${local}` }
const model = { name: 'qwen2.5-0.5b ÷ 16', path: '/models/m.gguf', bytes: 1 }
const size = { contextTokens: 600, slots: 4 }

describe('how a server is started', () => {
  test('every slot has the context that was asked for; nothing grows and nothing shrinks by design', () => {
    const recipe = llamaServerRecipe(model, size)
    expect(recipe).toMatchObject({ program: 'llama-server', readyPath: '/health' })
    expect(recipe.arguments(place)).toEqual([
      ...['-m', '/host/models/m.gguf', '--alias', 'qwen2.5-0.5b ÷ 16', '-c', '2400', '-np', '4'],
      ...['--metrics', '--cache-ram', '0', '--fit', 'off', '--host', '0.0.0.0', '--port', '8080'],
    ])
  })

  test('one that may expire sleeps after whole seconds, at least one', () => {
    const secondsOf = (seconds: number) => {
      const words = llamaServerRecipe(model, { ...size, keepAlive: { seconds } }).arguments(place)
      return words[words.indexOf('--sleep-idle-seconds') + 1]
    }
    expect([30, 1.2, 0].map(secondsOf)).toEqual(['30', '2', '1'])
    expect(llamaServerRecipe(model, { ...size, keepAlive: 'forever' }).arguments(place)).not.toContain(
      '--sleep-idle-seconds',
    )
  })

  test('settings of a load are said in its words, and left to it where none is given', () => {
    const wordsOf = (settings: LoadSettings) =>
      llamaServerRecipe(model, { ...size, settings })
        .arguments(place)
        .join(' ')
    expect(wordsOf({ kvCacheType: 'q8_0', memoryMap: false, gpuLayers: 0 })).toContain(
      '-ctk q8_0 -ctv q8_0 -fa on --load-mode none -ngl 0',
    )
    expect(wordsOf({ kvCacheType: 'q4_0', flashAttention: false, prefixCache: false })).toContain(
      '-ctk q4_0 -ctv q4_0 -fa off --no-cache-prompt --host',
    )
    expect(wordsOf({ flashAttention: true, prefixCache: true })).toContain('-fa on --cache-prompt --host')
    expect(wordsOf({ kvCacheType: 'f16', memoryMap: true })).toContain('-ctk f16 -ctv f16 --load-mode mmap --host')
    expect(wordsOf({})).toBe(llamaServerRecipe(model, size).arguments(place).join(' '))
  })

  test('the projector of a model that sees goes with it', () => {
    const words = llamaServerRecipe({ ...model, projectorPath: '/models/mm.gguf' }, size).arguments(place)
    expect(words.slice(0, 4)).toEqual(['-m', '/host/models/m.gguf', '--mmproj', '/host/models/mm.gguf'])
    expect(llamaServerRecipe(model, size).arguments(place)).not.toContain('--mmproj')
  })

  test('a model without a file is refused', () => {
    expect(() => llamaServerRecipe({ ...model, path: '' }, size)).toThrow(ModelMissingError)
  })

  test('a container inherits what llama.cpp reads', () => {
    const names = ['LLAMA_ARG_THREADS', 'GGML_CUDA_ENABLE_UNIFIED_MEMORY', 'PATH', 'LLAMA_API_KEY', 'MY_GGML_X']
    const { inherited } = llamaServerRecipe(model, size)
    expect(names.filter(name => inherited.test(name))).toEqual(names.slice(0, 2))
  })
})

test.for([
  ['NVIDIA', { DeviceRequests: [] }, /:server-cuda-b\d+$/],
  ['Jetson', { Runtime: 'nvidia' }, /:server-cuda-b\d+$/],
  ['AMD', { Devices: [] }, /:server-rocm-b\d+$/],
  ['none', {}, /:server-b\d+$/],
] as const)('the image for a machine whose GPU is: %s', ([, hostConfig, image]) => {
  expect(llamaServerImage({ hostConfig: structuredClone(hostConfig) as object, environment: {} })).toMatch(image)
})

describe('before a model is loaded', () => {
  test('it takes GGUF files, its models may expire, and its memory does not grow', async () => {
    await using engine = await startLlamaServer({ how: 'binary', image: null, arguments: [] })
    expect(engine.identity).toMatchObject({ name: 'llama-server', origin: 'spawned', runsAs: 'binary llama-server' })
    expect(engine.traits).toMatchObject({ modelFormat: 'gguf', neverExpires: null, hostMemoryGrowsByDesign: null })
    expect(engine.traits.loadSettings).toEqual([
      'kvCacheType',
      'memoryMap',
      'gpuLayers',
      'flashAttention',
      'prefixCache',
    ])
  })

  test('a cache of prompts that the user switches on is told of', async () => {
    await using engine = await startLlamaServer({ how: 'binary', image: null, arguments: ['--cache-ram', '64'] })
    expect(engine.traits.hostMemoryGrowsByDesign).toContain('up to 64 MiB')
  })
})
