import { describe, expect, test } from 'vitest'
import {
  type BatchConfiguration,
  beforeAndAfter,
  configurationsFrom,
  matrixOf,
  ofCategory,
  outstandingOf,
  scaled,
} from './index.ts'

const planned = configurationsFrom(null)

const shape = ({ model, inference }: BatchConfiguration): string =>
  `${model.name} ${inference.batchSize}×${inference.concurrency} at ${inference.gpuMemoryUtilization}`

describe("plan 002's configurations", () => {
  test('are eleven in five categories', () => {
    expect(matrixOf(planned).map(each => [each.category, shape(each)])).toEqual([
      ['baseline', 'qwen2.5-0.5b 128×2 at 0.9'],
      ['baseline', 'qwen2.5-0.5b 256×2 at 0.9'],
      ['baseline', 'qwen2.5-0.5b 512×2 at 0.9'],
      ['concurrency', 'qwen2.5-0.5b 128×4 at 0.9'],
      ['concurrency', 'qwen2.5-0.5b 128×8 at 0.9'],
      ['concurrency', 'qwen2.5-0.5b 128×16 at 0.9'],
      ['large model', 'qwen2.5-7b 64×2 at 0.9'],
      ['large model', 'qwen2.5-14b 32×2 at 0.9'],
      ['stress', 'qwen2.5-0.5b 256×16 at 0.85'],
      ['stress', 'qwen2.5-0.5b 512×8 at 0.85'],
      ['sla', 'qwen2.5-0.5b 256×4 at 0.9'],
    ])
  })

  test('fill what is outstanding often enough for an interval', () => {
    for (const each of planned) expect(each.data.samples / outstandingOf(each)).toBeGreaterThanOrEqual(10)
  })

  test('have the optimisations that the plan applied, before and after', () => {
    const pairs = beforeAndAfter(planned)
    expect(pairs.map(({ change }) => change)).toEqual(['tensor-parallel', 'batch-and-concurrency', 'utilization'])
    expect(pairs.map(({ before, after }) => [before.model.tensorParallelSize, after.model.tensorParallelSize])).toEqual(
      [
        [2, 1],
        [1, 1],
        [1, 1],
      ],
    )
    expect(pairs.map(({ before, after }) => [shape(before), shape(after)])).toEqual([
      ['qwen2.5-0.5b 128×2 at 0.9', 'qwen2.5-0.5b 128×2 at 0.9'],
      ['qwen2.5-0.5b 128×2 at 0.9', 'qwen2.5-0.5b 256×4 at 0.9'],
      ['qwen2.5-0.5b 256×16 at 0.9', 'qwen2.5-0.5b 256×16 at 0.85'],
    ])
  })

  test('have variants of the stress pair that take less', () => {
    expect(ofCategory(planned, 'memory-optimised').map(shape)).toEqual([
      'qwen2.5-0.5b 256×8 at 0.8',
      'qwen2.5-0.5b 512×4 at 0.8',
    ])
  })

  test('are all of the file', () => {
    expect(planned).toHaveLength(11 + 6 + 2)
  })
})

describe('scaled', () => {
  const small = { batchDivisor: 32, samples: 64, promptTokens: 16, maxTokens: 8 }

  test('has smaller batches, the same concurrency, and as many requests as are outstanding', () => {
    expect(
      matrixOf(planned)
        .map(each => scaled(each, small))
        .map(each => [shape(each), each.data.samples]),
    ).toEqual([
      ['qwen2.5-0.5b 4×2 at 0.9', 64],
      ['qwen2.5-0.5b 8×2 at 0.9', 64],
      ['qwen2.5-0.5b 16×2 at 0.9', 64],
      ['qwen2.5-0.5b 4×4 at 0.9', 64],
      ['qwen2.5-0.5b 4×8 at 0.9', 64],
      ['qwen2.5-0.5b 4×16 at 0.9', 64],
      ['qwen2.5-7b 2×2 at 0.9', 64],
      ['qwen2.5-14b 1×2 at 0.9', 64],
      ['qwen2.5-0.5b 8×16 at 0.85', 128],
      ['qwen2.5-0.5b 16×8 at 0.85', 128],
      ['qwen2.5-0.5b 8×4 at 0.9', 64],
    ])
  })

  test('keeps which batch is larger, whatever the divisor', () => {
    const bySize = planned.toSorted((a, b) => a.inference.batchSize - b.inference.batchSize)
    for (const batchDivisor of [1, 3, 7, 32, 100, 10_000]) {
      const sizes = bySize.map(each => scaled(each, { ...small, batchDivisor }).inference.batchSize)
      expect(sizes).toEqual(sizes.toSorted((a, b) => a - b))
      expect(sizes[0]).toBeGreaterThanOrEqual(1)
    }
  })

  test('makes nothing larger', () => {
    const more = { batchDivisor: 0.5, samples: 1e9, promptTokens: 1e9, maxTokens: 1e9 }
    expect(planned.map(each => scaled(each, more))).toEqual(planned)
  })
})
