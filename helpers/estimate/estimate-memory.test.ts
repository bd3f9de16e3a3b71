import { describe, expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { findModel, type GgufFacts } from '../models/index.ts'
import { estimateMemory, type ModelSize, sizeOfArchitecture, sizeOfGguf } from './index.ts'

const MIB = 2 ** 20
const model: ModelSize = {
  tensorBytes: 1000 * MIB,
  repackedBytes: 0,
  twiceBytes: 0,
  kvValuesPerToken: 1024,
  embedding: 1024,
  feedForward: 4096,
  vocabulary: 100_000,
}
const size = { model, contextTokens: 4096, slots: 1 }

describe('weights', () => {
  test('are the file’s tensors, and can be dropped where they are mapped', () => {
    const mapped = estimateMemory(size)
    expect(mapped).toMatchObject({ weightsBytes: 1000 * MIB, droppableBytes: 1000 * MIB })
    expect(mapped.heldBytes).toBe(mapped.totalBytes - mapped.droppableBytes)
    const copied = estimateMemory({ ...size, memoryMap: false })
    expect(copied).toMatchObject({ weightsBytes: 1000 * MIB, droppableBytes: 0 })
    expect(copied.heldBytes).toBe(copied.totalBytes)
  })

  test('of a type that is repacked are copied from a mapped file, and a tied embedding is there twice', () => {
    const tied = { ...size, model: { ...model, repackedBytes: 990 * MIB, twiceBytes: 200 * MIB } }
    expect(estimateMemory(tied)).toMatchObject({ weightsBytes: 1990 * MIB, droppableBytes: 1000 * MIB })
    expect(estimateMemory({ ...tied, memoryMap: false }).weightsBytes).toBe(1200 * MIB)
  })
})

describe('the KV cache', () => {
  test('is values per token, bytes per value, context and slots, and 48 bytes a cell', () => {
    expect(estimateMemory(size).kvBytes).toBe((1024 * 2 + 48) * 4096)
    expect(estimateMemory({ ...size, slots: 3 }).kvBytes).toBe(3 * (1024 * 2 + 48) * 4096)
    expect(estimateMemory({ ...size, kvCacheType: 'q8_0' }).kvBytes).toBe(((1024 * 34) / 32 + 48) * 4096)
    expect(estimateMemory({ ...size, kvCacheType: 'q4_0' }).kvBytes).toBe(((1024 * 18) / 32 + 48) * 4096)
  })

  test('is made for whole steps of 256 tokens', () => {
    expect(estimateMemory({ ...size, contextTokens: 100 }).kvBytes).toBe((1024 * 2 + 48) * 256)
  })
})

describe('what computing takes', () => {
  test('grows with the batch, the tokens in use and the slots in use', () => {
    const some = (tokens: number, slots = 1) =>
      estimateMemory({ ...size, slots: 4, inUse: { slots, tokens } }).computeBytes
    expect(some(512) - some(256)).toBeGreaterThan(256 * 4 * 3 * 4096)
    // Beyond a batch only the attention mask grows.
    expect(some(2048) - some(1024)).toBe(512 * 2 * 1024)
    expect(some(512, 4) - some(512, 1)).toBe(3 * 16 * 100_000)
  })

  test('is that of the whole context where nothing is said', () => {
    const whole = estimateMemory({ ...size, inUse: { slots: 1, tokens: 4096 } })
    expect(estimateMemory(size)).toEqual(whole)
  })
})

test('the parts make the whole', () => {
  const { weightsBytes, kvBytes, computeBytes, processBytes, totalBytes } = estimateMemory(size)
  expect(Math.abs(weightsBytes + kvBytes + computeBytes + processBytes - totalBytes)).toBeLessThan(5)
})

/** Anonymous memory of loads that were measured (MiB): embedded engine, x86-64, after a prompt of 512 tokens. */
test.for([
  ['qwen2.5-0.5b', 'q4_0', { contextTokens: 2048, slots: 1, memoryMap: true }, 457.3],
  ['qwen2.5-0.5b', 'q4_0', { contextTokens: 2048, slots: 1, memoryMap: false }, 533.6],
  ['qwen2.5-0.5b', 'q4_0', { contextTokens: 16_384, slots: 1, memoryMap: false }, 700.8],
  ['qwen2.5-0.5b', 'q8_0', { contextTokens: 2048, slots: 1, memoryMap: false }, 693.8],
  ['qwen2.5-0.5b', 'f16', { contextTokens: 2048, slots: 1, memoryMap: false }, 1131.4],
  ['qwen2.5-3b', 'q4_0', { contextTokens: 2048, slots: 1, memoryMap: false }, 2096.8],
  ['llama-3.2-1b', 'q4_0', { contextTokens: 2048, slots: 1, memoryMap: false }, 1044],
] as const)('%s %s %o is not more, and hardly less, than is predicted', ([name, quantisation, options, realMiB]) => {
  const { heldBytes } = estimateMemory({
    model: sizeOfArchitecture(findModel(name), quantisation),
    ...options,
    inUse: { slots: 1, tokens: 512 },
  })
  expect(heldBytes / MIB).toBeGreaterThan(realMiB)
  expect(heldBytes / MIB).toBeLessThan(realMiB * 1.03)
})

describe('a GGUF file', () => {
  const facts: GgufFacts = {
    path: '/m.gguf',
    version: 3,
    family: 'qwen2',
    name: null,
    shape: measured({
      layers: 2,
      embedding: 896,
      feedForward: [4864, 4864],
      heads: [14, 14],
      kvHeads: [2, 4],
      keySize: 64,
      valueSize: 32,
      contextTokens: 32_768,
      vocabulary: 151_936,
      slidingWindow: null,
    }),
    quantisation: 'Q4_K_M',
    tensors: 1,
    parameters: 1,
    bytesByType: { F32: 10, Q4_K: 500, Q6_K: 400 },
    tensorBytes: 910,
    tokenEmbeddingBytes: 400,
    tiedEmbeddings: true,
    headerBytes: 1,
    fileBytes: 911,
    parts: 1,
  }

  test('tells what its model will take, layer by layer', () => {
    expect(sizeOfGguf(facts)).toEqual(
      measured({
        tensorBytes: 910,
        repackedBytes: 500,
        twiceBytes: 0,
        kvValuesPerToken: 6 * 96,
        embedding: 896,
        feedForward: 4864,
        vocabulary: 151_936,
      }),
    )
  })

  test('of one type has its embedding in that type', () => {
    const one = { ...facts, bytesByType: { F32: 10, Q4_0: 900 } }
    expect(sizeOfGguf(one)).toMatchObject({ value: { repackedBytes: 900, twiceBytes: 400 } })
    expect(sizeOfGguf({ ...one, tiedEmbeddings: false })).toMatchObject({
      value: { repackedBytes: 500, twiceBytes: 0 },
    })
    const other = { ...facts, bytesByType: { F32: 10, Q8_0: 900 } }
    expect(sizeOfGguf(other)).toMatchObject({ value: { repackedBytes: 0, twiceBytes: 0 } })
  })

  test('without a shape, or of a mixture of experts, does not', () => {
    expect(sizeOfGguf({ ...facts, shape: absent('a projector') })).toEqual(absent('a projector'))
    const shape = facts.shape.state === 'measured' ? measured({ ...facts.shape.value, feedForward: null }) : facts.shape
    expect(sizeOfGguf({ ...facts, shape })).toMatchObject({ reason: expect.stringContaining('mixture of experts') })
  })
})

test('an architecture and the file that is written from it say the same', () => {
  const { tensorBytes, kvValuesPerToken } = sizeOfArchitecture(findModel('qwen2.5-0.5b'), 'q4_0')
  expect(kvValuesPerToken).toBe(24 * 2 * 2 * 64)
  // 494,032,768 weights of 18/32 bytes; vectors stay 32 bits wide, which is 0.1 %.
  expect(tensorBytes).toBe(494_032_768 * (18 / 32))
})
