import { expect, test } from 'vitest'
import { spreadConcurrency } from './spread-concurrency.ts'

const gib = 2 ** 30
const small = { cpus: 8, gpus: 0, memoryBytes: 20 * gib }
const needs = { gpus: 1, memoryBytes: 4 * gib }
const asked = (concurrency: number) => ({
  inference: { batchSize: 128, concurrency, gpuMemoryUtilization: 0.9, maxTokens: 100 },
})

test('as many replicas as are asked for, where there is room', () => {
  expect(spreadConcurrency(asked(2), 'replicas', small, needs)).toEqual({
    replicas: 2,
    batchesInFlight: 1,
    remark: null,
  })
})

test('a small machine holds two of sixteen, and the difference is in flight and said', () => {
  const spread = spreadConcurrency(asked(16), 'replicas', small, needs)
  expect(spread).toMatchObject({ replicas: 2, batchesInFlight: 8 })
  expect(spread.remark).toContain('2 replicas instead of 16, with 8 batches in flight at each')
  expect(spread.remark).toContain('no GPU, 8 CPUs and 20.0 GiB')
})

test.for([
  ['memory', { ...small, memoryBytes: 5 * gib }, needs, 1],
  ['CPUs', { ...small, cpus: 15 }, needs, 3],
  ['GPUs', { ...small, gpus: 4 }, needs, 4],
  ['GPUs of which a replica takes two', { ...small, gpus: 5 }, { ...needs, gpus: 2 }, 2],
  ['less than a replica takes: whether one fits the cluster says', { ...small, cpus: 2 }, needs, 1],
] as const)('room by %s', ([, room, each, replicas]) => {
  expect(spreadConcurrency(asked(8), 'replicas', room, each).replicas).toBe(replicas)
})

test('no fewer requests are outstanding than were asked for', () => {
  for (const concurrency of [1, 2, 3, 4, 5, 7, 8, 16]) {
    for (const cpus of [1, 4, 8, 12, 64]) {
      const { replicas, batchesInFlight } = spreadConcurrency(asked(concurrency), 'replicas', { ...small, cpus }, needs)
      expect(replicas * batchesInFlight).toBeGreaterThanOrEqual(concurrency)
      expect(replicas * (batchesInFlight - 1)).toBeLessThan(concurrency)
    }
  }
})

test('read as batches in flight one replica has them all, and nothing is remarkable', () => {
  expect(spreadConcurrency(asked(8), 'batches-in-flight', small, needs)).toEqual({
    replicas: 1,
    batchesInFlight: 8,
    remark: null,
  })
})
