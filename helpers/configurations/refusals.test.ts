import { describe, expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { scaleArchitecture } from '../models/index.ts'
import {
  type BatchConfiguration,
  configurationsFrom,
  type EngineNeeds,
  type MachineFacts,
  plannedArchitecture,
  refusalInWords,
  refusalsOf,
} from './index.ts'

const GIB = 2 ** 30

const named = (name: string): BatchConfiguration =>
  configurationsFrom(null).find(each => each.name === name) ?? expect.unreachable(`there is no ${name}`)

const cpu = (gibibytes: number): MachineFacts => ({ gpus: [], hostAvailableBytes: measured(gibibytes * GIB) })
const gpus = (...gibibytes: number[]): MachineFacts => ({
  gpus: gibibytes.map(each => ({ totalBytes: each * GIB })),
  hostAvailableBytes: absent('not asked'),
})

const needs = (model: string, more: Partial<EngineNeeds> = {}): EngineNeeds => ({
  architecture: plannedArchitecture(model),
  quantisation: 'bf16',
  slots: 1,
  replicas: 1,
  ...more,
})

const told = (configuration: BatchConfiguration, machine: MachineFacts, more: Partial<EngineNeeds> = {}): string[] =>
  refusalsOf(configuration, machine, needs(configuration.model.name, more)).map(refusalInWords)

describe('tensor parallelism', () => {
  const two = named('tensor-parallel-before')

  test('over more GPUs than there are is refused, with how many there are', () => {
    expect(told(two, cpu(64))).toEqual(['model.tensor_parallel_size is 2; allowed: 1, as the engine has no GPU here'])
    expect(told(two, gpus(24))).toEqual(['model.tensor_parallel_size is 2; allowed: 1, as there is one GPU'])
    const four = { ...two, model: { ...two.model, tensorParallelSize: 14 } }
    expect(told(four, gpus(24, 24, 24))).toEqual([
      'model.tensor_parallel_size is 14; allowed: 1 to 3, as there are so many GPUs',
    ])
  })

  test('over as many as there are is not', () => {
    expect(told(two, gpus(24, 24))).toEqual([])
    expect(told(named('tensor-parallel-after'), cpu(64))).toEqual([])
  })

  test('that does not divide the attention heads is refused', () => {
    const four = { ...two, model: { ...two.model, tensorParallelSize: 4 } }
    expect(told(four, gpus(24, 24, 24, 24))).toEqual([
      'model.tensor_parallel_size is 4; allowed: what divides the 14 attention heads of qwen2.5-0.5b',
    ])
  })
})

describe('memory', () => {
  const large = named('large-14b-32x2')

  test('of a GPU that is too small for the model is refused, whatever the share', () => {
    // 14,770,033,664 parameters of two bytes; 228 tokens of 48 layers × 8 heads × 128 values × 2 × 2 bytes.
    expect(told(large, gpus(24))).toEqual([
      'model.name is "qwen2.5-14b"; allowed: what fits into 24.00 GiB of each GPU; ' +
        'it takes 27.56 GiB of each, 27.51 GiB of weights and 48.0 MiB of KV cache',
    ])
    expect(told(large, gpus(40))).toEqual([])
  })

  test('of a share that is too small is refused with the share that is enough', () => {
    const little = { ...large, inference: { ...large.inference, gpuMemoryUtilization: 0.5 } }
    expect(told(little, gpus(40))).toEqual([
      expect.stringMatching(
        /^inference.gpu_memory_utilization is 0.5; allowed: 0.69 to 1, as qwen2.5-14b takes 27.56 GiB of/,
      ),
    ])
    const enough = { ...large, inference: { ...large.inference, gpuMemoryUtilization: 0.69 } }
    expect(told(enough, gpus(40))).toEqual([])
  })

  test('is shared by the GPUs of one engine, of which the smallest decides', () => {
    const two = { ...large, model: { ...large.model, tensorParallelSize: 2 } }
    expect(told(two, gpus(16, 24))).toEqual([])
    expect(told(two, gpus(8, 24))).toEqual([
      expect.stringContaining('8.00 GiB of each GPU; it takes 13.78 GiB of each'),
    ])
    // The larger ones are taken.
    expect(told(two, gpus(8, 24, 24))).toEqual([])
  })

  test('of the host is what counts without a GPU, for all replicas', () => {
    expect(told(large, cpu(24))).toEqual([
      expect.stringMatching(
        /^model.name is "qwen2.5-14b"; allowed: what fits into 24.00 GiB of host memory; it takes 27/,
      ),
    ])
    expect(told(large, cpu(30))).toEqual([])
    expect(told(large, cpu(30), { replicas: 2 })).toEqual([expect.stringContaining('it takes 2 × 27')])
    expect(told(large, cpu(8), { quantisation: 'q4_0' })).toEqual([])
    expect(told(large, cpu(7), { quantisation: 'q4_0' })).toEqual([expect.stringContaining('it takes 7.')])
  })

  test('grows with the requests whose KV cache is made at the start', () => {
    expect(told(large, cpu(30), { slots: 1 })).toEqual([])
    expect(told(large, cpu(30), { slots: 64 })).toEqual([expect.stringContaining('3.0')])
  })

  test('of a model that only the engine knows, or of a host that nobody can read, is not judged', () => {
    expect(told({ ...large, model: { ...large.model, name: 'mine' } }, cpu(1))).toEqual([])
    expect(told(large, { gpus: [], hostAvailableBytes: absent('no /proc') })).toEqual([])
  })

  test('is that of the model as it is run', () => {
    const whole = plannedArchitecture('qwen2.5-14b') ?? expect.unreachable('it is in the catalogue')
    expect(told(large, cpu(4), { architecture: scaleArchitecture(whole, 16) })).toEqual([])
  })
})

describe('the context', () => {
  const long = named('baseline-128x2')

  test('holds a prompt and its answer, or is refused', () => {
    const prompt = { ...long, data: { ...long.data, promptTokens: 32_669 } }
    expect(told(prompt, gpus(24))).toEqual([
      'data.prompt_tokens is 32,669; allowed: 1 to 32,668 beside 100 answered ones, as the context of qwen2.5-0.5b is 32,768 tokens',
    ])
    expect(told({ ...long, data: { ...long.data, promptTokens: 32_668 } }, gpus(24))).toEqual([])
    const answer = { ...long, inference: { ...long.inference, maxTokens: 40_000 } }
    expect(told(answer, gpus(24))).toEqual([
      'inference.max_tokens is 40,000; allowed: 1 to 32,767, as the context of qwen2.5-0.5b is 32,768 tokens',
    ])
  })
})

test('a model is found by what engines call it', () => {
  const own = plannedArchitecture('qwen2.5-0.5b')
  expect(own).toMatchObject({ name: 'qwen2.5-0.5b' })
  expect(plannedArchitecture('Qwen/Qwen2.5-0.5B-Instruct')).toBe(own)
  expect(plannedArchitecture('qwen2.5:0.5b')).toBe(own)
  expect(plannedArchitecture('mine')).toBeNull()
})
