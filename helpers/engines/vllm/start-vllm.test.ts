import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { EngineStartError, ModelMissingError } from '../../errors.ts'
import { startVllm, vllmImage, vllmRecipe } from './start-vllm.ts'

const place = { host: '0.0.0.0', port: 8000, path: (local: string) => `/host${local}` }
const options = { contextTokens: 2048, slots: 16 }

let bare: string
let whole: string
beforeAll(async () => {
  bare = await mkdtemp(join(tmpdir(), 'vllm-model-'))
  whole = await mkdtemp(join(tmpdir(), 'vllm-model-'))
  await writeFile(join(bare, 'config.json'), '{}')
  await writeFile(join(whole, 'model-00001-of-00002.safetensors'), '')
})
afterAll(async () => {
  for (const folder of [bare, whole]) await rm(folder, { recursive: true })
})

describe('how a server is started', () => {
  test('a folder without weights gets random ones', () => {
    const recipe = vllmRecipe({ name: 'qwen2.5-0.5b ÷ 16', path: bare, bytes: 1 }, options, [])
    expect(recipe).toMatchObject({ program: 'vllm', readyPath: '/health', title: 'vLLM serving qwen2.5-0.5b ÷ 16' })
    expect(recipe.arguments(place)).toEqual([
      ...['serve', `/host${bare}`, '--served-model-name', 'qwen2.5-0.5b ÷ 16'],
      ...['--max-model-len', '2048', '--max-num-seqs', '16', '--enable-prompt-tokens-details'],
      ...['--load-format', 'dummy', '--host', '0.0.0.0', '--port', '8000'],
    ])
  })

  test('its share of a GPU, and how many it is split over, are settings of a load', () => {
    const settings = { gpuMemoryShare: 0.85, tensorParallel: 2 }
    const words = vllmRecipe({ name: 'm', path: bare, bytes: 1 }, { ...options, settings }, []).arguments(place)
    expect(words.join(' ')).toContain('--gpu-memory-utilization 0.85 --tensor-parallel-size 2')
  })

  test('a folder with weights is loaded as it is', () => {
    const words = vllmRecipe({ name: 'm', path: whole, bytes: 1 }, options, []).arguments(place)
    expect(words).toContain(`/host${whole}`)
    expect(words).not.toContain('--load-format')
  })

  test('without a path it is a repository by its name, which is not fetched unasked', () => {
    const recipe = vllmRecipe({ name: 'Qwen/Qwen2.5-0.5B-Instruct', path: '', bytes: 0 }, options, [])
    expect(recipe.arguments(place).slice(0, 2)).toEqual(['serve', 'Qwen/Qwen2.5-0.5B-Instruct'])
    expect(recipe.arguments(place)).not.toContain('--load-format')
    vi.stubEnv('HF_HUB_OFFLINE', undefined)
    expect(recipe.environment(place)).toMatchObject({ HF_HUB_OFFLINE: '1' })
    vi.stubEnv('HF_HUB_OFFLINE', '0')
    expect(recipe.environment(place)).not.toHaveProperty('HF_HUB_OFFLINE')
    vi.unstubAllEnvs()
  })

  test('a path that is no folder is said to be none', () => {
    const file = join(whole, 'model-00001-of-00002.safetensors')
    for (const path of [file, join(bare, 'missing')]) {
      expect(() => vllmRecipe({ name: 'm', path, bytes: 1 }, options, [])).toThrow(ModelMissingError)
    }
  })

  test("a CPU's KV cache has a size of its own, unless the user says one", () => {
    const spaceOf = (further: string[]) =>
      vllmRecipe({ name: 'm', path: bare, bytes: 1 }, options, further).environment(place).VLLM_CPU_KVCACHE_SPACE
    vi.stubEnv('VLLM_CPU_KVCACHE_SPACE', undefined)
    expect(spaceOf([])).toBe('4')
    expect(spaceOf(['--gpu-memory-utilization', '0.5'])).toBeUndefined()
    expect(spaceOf(['--kv-cache-memory-bytes=1G'])).toBeUndefined()
    vi.stubEnv('VLLM_CPU_KVCACHE_SPACE', '1')
    expect(spaceOf([])).toBeUndefined()
    vi.unstubAllEnvs()
  })

  test('a container inherits settings, and no paths of this machine', () => {
    const { inherited } = vllmRecipe({ name: 'm', path: bare, bytes: 1 }, options, [])
    const names = ['VLLM_LOGGING_LEVEL', 'HF_TOKEN', 'OMP_NUM_THREADS', 'HF_HOME', 'VLLM_CACHE_ROOT', 'PATH', 'MY_HF_X']
    expect(names.filter(name => inherited.test(name))).toEqual(['VLLM_LOGGING_LEVEL', 'HF_TOKEN', 'OMP_NUM_THREADS'])
  })
})

test.for([
  ['NVIDIA', { DeviceRequests: [] }, 'vllm/vllm-openai:v'],
  ['Jetson', { Runtime: 'nvidia' }, 'vllm/vllm-openai:v'],
  ['AMD', { Devices: [] }, 'vllm/vllm-openai-rocm:v'],
  ['none', {}, 'vllm/vllm-openai-cpu:v'],
] as const)('the image for a machine whose GPU is: %s', ([, hostConfig, image]) => {
  expect(vllmImage({ hostConfig: structuredClone(hostConfig) as object, environment: {} })).toMatch(image)
})

describe('before a model is loaded', () => {
  test('nothing runs yet, and it says how it will', async () => {
    await using engine = await startVllm({ how: 'binary', image: null, arguments: ['--enforce-eager'] })
    expect(engine.identity).toMatchObject({
      name: 'vllm',
      origin: 'spawned',
      runsAs: 'binary vllm',
      arguments: ['--enforce-eager'],
    })
    expect(engine.traits).toMatchObject({ modelFormat: 'hugging-face', fixedOutput: true })
    expect(await engine.models()).toEqual([])
    expect(await engine.pull('Qwen/Qwen2.5-0.5B', { onProgress: () => {} })).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('hf download Qwen/Qwen2.5-0.5B'),
    })
  })

  test('a program that is not there is an error that says what to do', async () => {
    vi.stubEnv('PATH', bare)
    await using engine = await startVllm({ how: 'binary', image: null, arguments: [] })
    const failure = await engine.load({ name: 'm', path: bare, bytes: 1 }, options).catch(error => error)
    vi.unstubAllEnvs()
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(/vLLM serving m cannot be started: there is no program vllm on the PATH/)
    expect(await engine.models()).toEqual([])
  })
})
