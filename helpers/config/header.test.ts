import { describe, expect, test } from 'vitest'
import { type OptionInput, resolveOptions } from '../options/index.ts'
import { headerLines, ownEngineHint } from './header.ts'

const url = 'http://127.0.0.1:11434'
const lines = (options: OptionInput): string[] => headerLines(resolveOptions(options, {}))
const engineOf = (options: OptionInput): string | undefined => lines(options)[0]?.replace(/^engine +/, '')
const modelOf = (options: OptionInput): string | undefined => lines(options)[1]?.replace(/^model +/, '')

describe('the engine', () => {
  test('is embedded, unless said', () => {
    expect(engineOf({})).toBe('embedded llama.cpp, started for this run')
    expect(engineOf({ engine: 'embedded' })).toBe('embedded llama.cpp, started for this run')
  })

  test('is behind a URL, of the kind that was named or of any', () => {
    expect(engineOf({ engineUrl: url })).toBe(`whichever answers at ${url}`)
    expect(engineOf({ engineUrl: url, engine: 'ollama' })).toBe(`Ollama at ${url}`)
    expect(engineOf({ engineUrl: url, engine: 'vllm', engineContainer: 'serving', enginePid: 12 })).toBe(
      `vLLM at ${url} (container serving, process 12)`,
    )
  })

  test('is started, from a binary or in a container', () => {
    expect(engineOf({ engine: 'ollama' })).toBe(
      'Ollama, started for this run from its binary if there is one on the PATH, else in a container',
    )
    expect(engineOf({ engine: 'llama-server', engineStart: 'binary' })).toBe(
      'llama-server, started for this run from its binary on the PATH',
    )
    expect(engineOf({ engine: 'vllm', engineStart: 'container', engineImage: 'vllm/vllm-openai:v0.32.0' })).toBe(
      'vLLM, started for this run in a container of vllm/vllm-openai:v0.32.0',
    )
  })

  test('is started with arguments, of which no key is shown', () => {
    const line = engineOf({
      engine: 'vllm',
      engineStart: 'binary',
      engineArguments: '--api-key sesame --enforce-eager',
    })
    expect(line).toContain('on the PATH, with --api-key … --enforce-eager')
  })
})

describe('the model', () => {
  test.for<[OptionInput, string]>([
    [{}, "the plans' models with random weights, scaled down (PERF_MODEL names another)"],
    [{ profile: 'full' }, "the plans' models with random weights (PERF_MODEL names another)"],
    [{ engineUrl: url }, "the plans' models if it has them, else the one that it serves (PERF_MODEL names another)"],
    [
      { engineUrl: url, synthetic: true, pull: true },
      "the plans' models if it has them or can fetch them, else the plans' models with random weights, scaled down (PERF_MODEL names another)",
    ],
    [
      { engine: 'ollama', profile: 'standard' },
      "the plans' models if it has them, else the plans' models with random weights (PERF_MODEL names another)",
    ],
    [{ engineUrl: url, model: 'qwen2.5:7b' }, 'qwen2.5:7b'],
    [{ engineUrl: url, model: 'small=a,large=b' }, 'small: a, large: b'],
  ])('of %o', ([options, expected]) => {
    expect(modelOf(options)).toBe(expected)
  })
})

describe('the hint at the end', () => {
  const choice = { engine: null, engineUrl: null } as const

  test('names the engine that runs here, and the command that measures it', async () => {
    const found = async () => [{ engine: 'ollama', version: '0.17.4', url } as const]
    expect(await ownEngineHint(choice, found)).toBe(
      'Ollama 0.17.4 is running here. To measure it: PERF_ENGINE_URL=http://127.0.0.1:11434 npx vitest run perf/',
    )
    const other = async () => [{ engine: 'openai', version: 'unknown', url } as const]
    expect(await ownEngineHint(choice, other)).toMatch(/^An OpenAI-compatible server is running here\. /)
  })

  test('is left out where none runs, and where an engine was chosen', async () => {
    const found = async () => [{ engine: 'vllm', version: '0.32.0', url } as const]
    expect(await ownEngineHint(choice, async () => [])).toBeNull()
    expect(await ownEngineHint({ ...choice, engineUrl: url }, found)).toBeNull()
    expect(await ownEngineHint({ ...choice, engine: 'embedded' }, found)).toBeNull()
  })
})
