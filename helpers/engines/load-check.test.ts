import { expect, test } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import type { LoadOptions, ModelFile } from './engine.ts'
import { checkLoad, loadKey } from './load-check.ts'

const model = { name: 'tiny', path: '/tiny.gguf', bytes: 1 }
const size = { contextTokens: 512, slots: 1 }
const engine = {
  identity: { name: 'ollama' },
  traits: { neverExpires: null, loadSettings: ['memoryMap', 'gpuLayers'], seesNoImages: null },
} as const
const plain = {
  identity: { name: 'openai' },
  traits: { neverExpires: 'it has no such route', loadSettings: [], seesNoImages: 'it takes text only' },
} as const

test('what the engine honours passes', () => {
  checkLoad(engine, { ...model, projectorPath: '/mm.gguf' }, { ...size, keepAlive: { seconds: 1 } })
  checkLoad(engine, model, { ...size, settings: { memoryMap: false, gpuLayers: 0 } })
  checkLoad(plain, model, { ...size, settings: {} })
})

test.for<[string, Parameters<typeof checkLoad>]>([
  [
    'tiny cannot be loaded with kvCacheType: ollama honours memoryMap, gpuLayers at a load.',
    [engine, model, { ...size, settings: { kvCacheType: 'q8_0', memoryMap: true } }],
  ],
  [
    'tiny cannot be loaded with memoryMap and gpuLayers: openai honours no such setting at a load.',
    [plain, model, { ...size, settings: { memoryMap: false, gpuLayers: 0 } }],
  ],
  ['tiny cannot expire: it has no such route.', [plain, model, { ...size, keepAlive: { seconds: 1 } }]],
  [
    'tiny cannot be loaded with its projector /mm.gguf: it takes text only.',
    [plain, { ...model, projectorPath: '/mm.gguf' }, size],
  ],
])('%s', ([message, [asked, file, options]]) => {
  const check = () => checkLoad(asked, file, options)
  expect(check).toThrow(CouldNotMeasureError)
  expect(check).toThrow(message)
})

test('whatever changes how it lies in memory is another load, and nothing else', () => {
  const key = (file: Partial<ModelFile>, options: Partial<LoadOptions>) =>
    loadKey({ ...model, ...file }, { ...size, ...options })
  const others = [
    key({ path: '/other.gguf' }, {}),
    key({ projectorPath: '/mm.gguf' }, {}),
    key({}, { contextTokens: 1024 }),
    key({}, { slots: 2 }),
    key({}, { settings: { kvCacheType: 'q4_0' } }),
    key({}, { settings: { memoryMap: false } }),
    key({}, { settings: { gpuLayers: 0 } }),
    key({}, { settings: { flashAttention: false } }),
    key({}, { settings: { flashAttention: true } }),
    key({}, { settings: { prefixCache: false } }),
  ]
  expect(new Set([key({}, {}), ...others]).size).toBe(others.length + 1)
  expect(key({ name: 'other', bytes: 2 }, { keepAlive: { seconds: 1 }, settings: {} })).toBe(key({}, {}))
})
