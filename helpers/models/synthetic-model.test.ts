import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GgufTensorInfo, readGgufFileInfo } from 'node-llama-cpp'
import { test as base, describe, expect } from 'vitest'
import { BadInputError } from '../errors.ts'
import { findModel, type ModelStorage, parameterCount, scaleArchitecture, syntheticModel, tinyModel } from './index.ts'

const test = base.extend('storage', { scope: 'file' }, async ({}, { onCleanup }): Promise<ModelStorage> => {
  const directory = await mkdtemp(join(tmpdir(), 'models-'))
  onCleanup(() => rm(directory, { recursive: true }))
  return { directory, limitBytes: 1e9 }
})

const digest = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex')

describe('bytes', () => {
  test('follow from the seed alone', async ({ storage }) => {
    const elsewhere = { ...storage, directory: join(storage.directory, 'elsewhere') }
    const first = await tinyModel({ family: 'qwen2', quantisation: 'q4_0', seed: 7 }, storage)
    const again = await tinyModel({ family: 'qwen2', quantisation: 'q4_0', seed: 7 }, elsewhere)
    const other = await tinyModel({ family: 'qwen2', quantisation: 'q4_0', seed: 8 }, storage)
    expect(await digest(again.path)).toBe(await digest(first.path))
    expect(await digest(other.path)).not.toBe(await digest(first.path))
  })

  /** Cached files of other versions are told apart by `writerVersion`: raise it when one of these has to change. */
  test.for([
    ['f16', 'c5bfd246deb5729c'],
    ['q8_0', '8e8613b4d66b1f7f'],
    ['q4_0', '5db799c250cd3028'],
  ] as const)('of %s are those of this version of the writer', async ([quantisation, expected], { storage }) => {
    const { path } = await tinyModel({ family: 'llama', quantisation }, storage)
    expect((await digest(path)).slice(0, 16)).toBe(expected)
  })

  test('are as many as the file says', async ({ storage }) => {
    const model = await tinyModel({ family: 'llama', quantisation: 'q8_0' }, storage)
    expect(await readFile(model.path)).toHaveLength(model.bytes)
  })
})

describe('an independent reader', () => {
  test('finds the architecture in the metadata', async ({ storage }) => {
    const model = await syntheticModel({ model: 'qwen2.5-0.5b', divisor: 64, quantisation: 'q4_0' }, storage)
    const { metadata, version } = await readGgufFileInfo(model.path, { logWarnings: true })
    expect(version).toBe(3)
    expect(metadata.general).toMatchObject({ architecture: 'qwen2', file_type: 2, alignment: 32 })
    expect(metadata.qwen2).toMatchObject({
      block_count: model.architecture.layers,
      context_length: 32_768,
      embedding_length: model.architecture.embedding,
      feed_forward_length: model.architecture.feedForward,
      attention: { head_count: 7, head_count_kv: 1 },
      rope: { freq_base: 1_000_000 },
    })
    expect(metadata.tokenizer.ggml.tokens).toHaveLength(model.architecture.vocabulary)
  })

  test.for([
    ['qwen2.5-7b', 1024, 2 + 12],
    ['smollm2-1.7b', 512, 1 + 9],
  ] as const)('finds the tensors of %s', async ([name, divisor], { storage }) => {
    const model = await syntheticModel({ model: name, divisor, quantisation: 'q8_0' }, storage)
    const { tensorInfo = [] } = await readGgufFileInfo(model.path)
    expect(tensorInfo.reduce((sum, tensor) => sum + values(tensor), 0)).toBe(model.parameters)
    expect(tensorInfo.some(tensor => tensor.name === 'output.weight')).toBe(!model.architecture.tiedEmbeddings)
    expect(tensorInfo.some(tensor => tensor.name === 'blk.0.attn_q.bias')).toBe(model.architecture.family === 'qwen2')
    const last = tensorInfo.findLast(tensor => tensor.name.endsWith('ffn_down.weight'))
    expect(last?.dimensions.map(Number)).toEqual([model.architecture.feedForward, model.architecture.embedding])
  })

  const values = (tensor: GgufTensorInfo) =>
    tensor.dimensions.reduce<number>((product, size) => product * Number(size), 1)
})

describe('what callers get', () => {
  test('names the model, its scale and a seed that is not the usual one', async ({ storage }) => {
    const request = { model: 'llama-3.2-1b', divisor: 512, quantisation: 'q4_0' } as const
    const model = await syntheticModel(request, storage)
    const architecture = scaleArchitecture(findModel('llama-3.2-1b'), 512)
    expect(model).toMatchObject({ name: 'llama-3.2-1b ÷ 512', parameters: parameterCount(architecture), seed: 1 })
    const other = await syntheticModel({ ...request, seed: 2 }, storage)
    expect(other.name).toBe('llama-3.2-1b ÷ 512 #2')
    expect(other.path).not.toBe(model.path)
  })

  test.for([-1, 0.5, Number.NaN])('a refusal of the seed %s', async (seed, { storage }) => {
    await expect(tinyModel({ family: 'llama', quantisation: 'q4_0', seed }, storage)).rejects.toThrow(BadInputError)
  })

  test('a refusal of an unknown model', async ({ storage }) => {
    const asking = syntheticModel({ model: 'gpt-5', divisor: 1, quantisation: 'q4_0' }, storage)
    await expect(asking).rejects.toThrow(BadInputError)
  })

  test('an abort that leaves no file', async ({ storage }) => {
    const directory = join(storage.directory, 'aborted')
    const controller = new AbortController()
    const { signal } = controller
    const request = { model: 'qwen2.5-0.5b', divisor: 16, quantisation: 'f16' } as const
    const making = syntheticModel(request, { ...storage, directory, signal })
    controller.abort()
    await expect(making).rejects.toThrow(signal.reason)
    expect(await readdir(directory)).toEqual([])
  })
})
