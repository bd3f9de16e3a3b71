import { describe, expect, test } from 'vitest'
import { absent, measured } from '../../measured.ts'
import { hasLlamaServers, versionCaution } from './known-versions.ts'
import { LoadCount } from './load-count.ts'
import { createdName, isCreatedFor, taggedName } from './model-names.ts'
import { ollamaRecipe } from './ollama-recipe.ts'
import { generations } from './replay-for-tests.ts'
import { blobOf } from './runner-process.ts'
import { parallelOf, promptCacheGrowth, settingsOf } from './server-settings.ts'

describe.for(generations)('the log of $version', ({ log, answers }) => {
  test('tells of each load once, and of no other process', () => {
    const loads = new LoadCount()
    for (const line of log) loads.read(line)
    // The recording loads a model, and again with another context.
    expect(loads.value).toBe(2)
    expect(log.filter(line => /started in/.test(line))).toHaveLength(4)
  })

  test('shows the weights that the process of the model is given', () => {
    const blob = blobOf(answers.show.body.modelfile)
    const [, runner = []] = answers.processes
    expect(blob).toEqual({ state: 'measured', value: runner[runner.indexOf('--model') + 1]?.split('/').at(-1) })
  })
})

test('a Modelfile without a file of weights is told as such', () => {
  expect(blobOf('FROM llama3.2\n')).toMatchObject({ state: 'absent', reason: 'its Modelfile says FROM llama3.2' })
  expect(blobOf('')).toMatchObject({ state: 'absent' })
})

test('names', () => {
  expect(taggedName('llama3.2')).toBe('llama3.2:latest')
  expect(taggedName('llama3.2:1b')).toBe('llama3.2:1b')
  expect(taggedName('host:5000/library/llama3.2')).toBe('host:5000/library/llama3.2:latest')
  const name = createdName('qwen2.5-0.5b ÷ 16 #2', '0123456789abcdef')
  expect(name).toBe('vitest-llm-perf/qwen2.5-0.5b-div-16-2:0123456789ab')
  expect(isCreatedFor(name, 'qwen2.5-0.5b ÷ 16 #2')).toBe(true)
  expect(isCreatedFor(name, 'qwen2.5-0.5b ÷ 16')).toBe(false)
  expect(createdName('÷÷'.repeat(60), 'abc')).toMatch(/^vitest-llm-perf\/[\w.-]{1,64}:abc$/)
  expect(createdName('..', 'abc')).toBe('vitest-llm-perf/model:abc')
})

test('versions', () => {
  for (const known of ['0.17.4', '0.20.0', '0.32.15', '0.33.0-rc2']) expect(versionCaution(known)).toBeNull()
  for (const other of ['0.16.3', '0.34.0', '1.0.0']) expect(versionCaution(other)).toContain(`this one is ${other}`)
  expect(versionCaution('0.0.0')).toContain('without a version stamp')
  expect([hasLlamaServers('0.17.4'), hasLlamaServers('0.30.0'), hasLlamaServers('0.0.0')]).toEqual([false, true, true])
})

test('settings, without what could be a secret', () => {
  const environment = measured(
    new Map(
      Object.entries({ OLLAMA_NUM_PARALLEL: '4', OLLAMA_API_KEY: 'secret', LLAMA_ARG_API_KEY: 'secret', PATH: '/bin' }),
    ),
  )
  expect(settingsOf(environment)).toEqual(['OLLAMA_NUM_PARALLEL=4'])
  expect(settingsOf(absent('not seen'))).toEqual([])
  expect(parallelOf(environment)).toEqual(measured(4))
  expect(parallelOf(measured(new Map()))).toEqual(measured(1))
  expect(parallelOf(absent('not seen')).state).toBe('absent')
})

test('the prompts that llama-servers keep', () => {
  const none = measured(new Map<string, string>())
  expect(promptCacheGrowth('0.17.4', none)).toBeNull()
  expect(promptCacheGrowth('0.32.0', measured(new Map([['LLAMA_ARG_CACHE_RAM', '0']])))).toBeNull()
  expect(promptCacheGrowth('0.32.0', none)).toContain('LLAMA_ARG_CACHE_RAM=0')
  expect(promptCacheGrowth('0.32.0', absent('another user'))).toContain('cannot be seen: another user')
})

test('the recipe sets what the suite needs, and nothing else', () => {
  const loads = new LoadCount()
  const recipe = ollamaRecipe(22, loads)
  expect(recipe.environment({ host: '0.0.0.0', port: 11434, path: local => local })).toEqual({
    OLLAMA_HOST: '0.0.0.0:11434',
    OLLAMA_NUM_PARALLEL: '22',
    OLLAMA_MAX_LOADED_MODELS: '64',
    LLAMA_ARG_CACHE_RAM: '0',
  })
  const names = ['OLLAMA_KEEP_ALIVE', 'LLAMA_ARG_FIT', 'OLLAMA_MODELS', 'OLLAMA_HOST', 'HOME']
  expect(names.filter(name => recipe.inherited.test(name))).toEqual(['OLLAMA_KEEP_ALIVE', 'LLAMA_ARG_FIT'])
  for (const line of generations[0]?.log ?? []) recipe.onLogLine?.(line)
  expect(loads.value).toBe(2)
})
