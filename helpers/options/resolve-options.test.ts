import { describe, expect, test } from 'vitest'
import { BadInputError } from '../errors.ts'
import { resolveOptions } from './index.ts'

const messageOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(BadInputError)
    return (error as Error).message
  }
  return expect.unreachable('the options were accepted')
}

describe('resolveOptions', () => {
  test('has a default for every option', () => {
    expect(resolveOptions({}, {})).toEqual({
      engine: null,
      engineStart: null,
      engineImage: null,
      engineArguments: [],
      engineUrl: null,
      enginePid: null,
      engineContainer: null,
      batchUrl: null,
      apiKey: null,
      model: null,
      pull: false,
      synthetic: false,
      profile: 'quick',
      strict: false,
      require: [],
      output: '.vitest/perf',
      hardware: null,
      metricsPort: null,
      resume: null,
      input: null,
      configurations: null,
      ray: null,
      rayConcurrency: 'replicas',
      stream: true,
      requests: null,
      batches: null,
      expectedThroughput: null,
    })
  })

  test('takes the environment before the configuration, and the configuration before the default', () => {
    const configured = { profile: 'standard', batches: 4 } as const
    expect(resolveOptions(configured, { PERF_PROFILE: 'full' })).toMatchObject({ profile: 'full', batches: 4 })
  })

  test('reads numbers, flags, lists and roles from text', () => {
    const options = resolveOptions(
      {},
      {
        PERF_BATCHES: '5',
        PERF_STRICT: '1',
        PERF_REQUIRE: '001.sequential-batches.vram-delta, 001.sequential-batches.success-rate',
        PERF_MODEL: 'small=qwen2.5:0.5b,large=qwen2.5:7b',
      },
    )
    expect(options.batches).toBe(5)
    expect(options.strict).toBe(true)
    expect(options.require).toEqual(['001.sequential-batches.vram-delta', '001.sequential-batches.success-rate'])
    expect(options.model).toEqual({ kind: 'roles', names: { small: 'qwen2.5:0.5b', large: 'qwen2.5:7b' } })
  })

  test('takes an empty variable as absent', () => {
    expect(resolveOptions({}, { PERF_PROFILE: '' }).profile).toBe('quick')
  })

  test.for([
    ['PERF_PROFILE', 'fast', 'PERF_PROFILE is "fast"; allowed: quick, standard, full'],
    ['PERF_ENGINE', 'olama', 'PERF_ENGINE is "olama"; allowed: embedded, llama-server, ollama, vllm, openai'],
    ['PERF_ENGINE_URL', 'localhost:8080', 'PERF_ENGINE_URL is "localhost:8080"; allowed: an http or https URL'],
    ['PERF_RAY', 'ray://head:10001', 'PERF_RAY is "ray://head:10001"; allowed: local, or an http or https URL'],
    ['PERF_BATCHES', '0', 'PERF_BATCHES is "0"; allowed: a positive whole number'],
    ['PERF_BATCHES', 'three', 'PERF_BATCHES is "three"; allowed: a positive whole number'],
    ['PERF_STRICT', 'yes', 'PERF_STRICT is "yes"; allowed: 1, true, 0, false'],
    ['PERF_HARDWARE', '../x', 'PERF_HARDWARE is "../x"; allowed: lower-case letters'],
    ['PERF_MODEL', 'small=', 'PERF_MODEL is "small="; allowed: a model name, or role=name pairs'],
    ['PERF_MODLE', 'x', 'PERF_MODLE is not an option; allowed: PERF_ENGINE, '],
  ] as const)('refuses %s=%s', ([name, value, message]) => {
    expect(messageOf(() => resolveOptions({}, { [name]: value }))).toContain(message)
  })

  test('names every wrong option at once', () => {
    const message = messageOf(() => resolveOptions({}, { PERF_PROFILE: 'fast', PERF_BATCHES: '-1' }))
    expect(message).toContain('PERF_PROFILE')
    expect(message).toContain('PERF_BATCHES')
  })

  test('refuses what contradicts itself', () => {
    const url = 'http://127.0.0.1:8080'
    expect(messageOf(() => resolveOptions({}, { PERF_ENGINE: 'embedded', PERF_ENGINE_URL: url }))).toContain(
      'leave one',
    )
    expect(messageOf(() => resolveOptions({}, { PERF_ENGINE: 'openai' }))).toContain('give the URL')
    expect(messageOf(() => resolveOptions({}, { PERF_ENGINE_CONTAINER: 'x' }))).toContain('PERF_ENGINE_URL is missing')
    expect(messageOf(() => resolveOptions({}, { PERF_ENGINE_START: 'binary' }))).toContain('PERF_ENGINE is not')
    expect(messageOf(() => resolveOptions({}, { PERF_ENGINE_ARGS: '-x', PERF_ENGINE_URL: url }))).toContain(
      'is not started',
    )
    expect(
      messageOf(() =>
        resolveOptions({}, { PERF_ENGINE: 'vllm', PERF_ENGINE_START: 'binary', PERF_ENGINE_IMAGE: 'vllm/vllm-openai' }),
      ),
    ).toContain('leave one of them out')
    expect(messageOf(() => resolveOptions({}, { PERF_ENGINE_PID: '12' }))).toContain('PERF_ENGINE_URL is missing')
  })

  test('never prints a secret', () => {
    expect(messageOf(() => resolveOptions({ apiKey: 5 as unknown as string }, {}))).not.toContain('5')
  })
})
