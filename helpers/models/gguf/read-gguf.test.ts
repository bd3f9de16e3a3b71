import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { test as base, describe, expect } from 'vitest'
import { BadInputError, CouldNotMeasureError } from '../../errors.ts'
import { type ModelStorage, readGguf, syntheticModel, tinyModel } from '../index.ts'
import { layOutGguf } from './index.ts'
import { float32s, int32s, type Metadata, text, uint32 } from './metadata.ts'
import recorded from './quantised.data.json' with { type: 'json' }
import { storedTypes } from './stored-types.ts'

const test = base.extend('storage', { scope: 'file' }, async ({}, { onCleanup }): Promise<ModelStorage> => {
  const directory = await mkdtemp(join(tmpdir(), 'models-'))
  onCleanup(() => rm(directory, { recursive: true }))
  return { directory, limitBytes: 1e9 }
})

/** A file of these bytes. */
async function fileOf({ directory }: ModelStorage, bytes: Buffer): Promise<string> {
  const path = join(directory, `${crypto.randomUUID()}.bin`)
  await writeFile(path, bytes)
  return path
}

const headerOf = (metadata: Metadata) => layOutGguf({ metadata, tensors: [] }).header

describe('what the writer wrote', () => {
  test.for(['qwen2.5-0.5b', 'llama-3.2-1b', 'gemma-2-2b', 'qwen2.5-7b'] as const)(
    'of %s is read',
    async (model, { storage }) => {
      const request = { model, divisor: model === 'qwen2.5-7b' ? 1024 : 128, quantisation: 'q4_0' } as const
      const { path, bytes, architecture, parameters } = await syntheticModel(request, storage)
      const facts = await readGguf(path)
      const perLayer = (value: number) => new Array(architecture.layers).fill(value)
      expect(facts).toMatchObject({
        path,
        version: 3,
        family: architecture.family,
        name: `${architecture.name}, random weights, seed 1`,
        quantisation: 'Q4_0',
        parameters,
        fileBytes: bytes,
        tiedEmbeddings: architecture.tiedEmbeddings,
        tokenEmbeddingBytes: (architecture.vocabulary * architecture.embedding * 18) / 32,
        parts: 1,
      })
      expect(facts.shape).toEqual({
        state: 'measured',
        value: {
          layers: architecture.layers,
          embedding: architecture.embedding,
          feedForward: perLayer(architecture.feedForward),
          heads: perLayer(architecture.heads),
          kvHeads: perLayer(architecture.kvHeads),
          keySize: architecture.headSize,
          valueSize: architecture.headSize,
          contextTokens: architecture.contextTokens,
          vocabulary: architecture.vocabulary,
          slidingWindow: architecture.family === 'gemma2' ? 4096 : null,
        },
      })
      expect(Object.keys(facts.bytesByType).sort()).toEqual(['F32', 'Q4_0'])
      const weights = Object.values(facts.bytesByType).reduce((sum, part) => sum + part)
      expect(facts.tensorBytes).toBe(weights)
      // What is left is padding behind tensors.
      expect(facts.fileBytes - facts.headerBytes - weights).toBeGreaterThanOrEqual(0)
      expect(facts.fileBytes - facts.headerBytes - weights).toBeLessThan(32 * facts.tensors)
    },
  )

  test.for(['f16', 'bf16', 'q8_0'] as const)('in %s is named so', async (quantisation, { storage }) => {
    const { path } = await tinyModel({ family: 'llama', quantisation }, storage)
    expect((await readGguf(path)).quantisation).toBe(quantisation.toUpperCase())
  })
})

describe('a file of llama-quantize', () => {
  /** Headers of a tiny model as llama-quantize b11669 wrote it anew, and the sizes that it printed. */
  test.for(recorded)('in $type is read as the tool says', async (written, { storage }) => {
    const path = await fileOf(storage, gunzipSync(Buffer.from(written.gzippedHeader, 'base64')))
    await truncate(path, written.fileBytes)
    const facts = await readGguf(path)
    expect(facts).toMatchObject({ family: 'qwen2', quantisation: written.type, fileBytes: written.fileBytes })
    expect((facts.tensorBytes / 2 ** 20).toFixed(2)).toBe(written.mebibytes)
    expect(((8 * facts.tensorBytes) / facts.parameters).toFixed(2)).toBe(written.bitsPerWeight)
    expect(Object.keys(facts.bytesByType).length).toBeGreaterThan(2)
  })
})

test("block sizes are llama.cpp's own", async () => {
  const settings = { gpu: false, build: 'never', skipDownload: true } as const
  await using llama = await getLlama({ ...settings, logLevel: LlamaLogLevel.error })
  const { _bindings: bindings } = llama as unknown as {
    _bindings: Record<'getBlockSizeForGgmlType' | 'getTypeSizeForGgmlType', (type: number) => number | undefined>
  }
  for (const [id, { name, blockValues, blockBytes }] of storedTypes) {
    expect([name, bindings.getBlockSizeForGgmlType(id), bindings.getTypeSizeForGgmlType(id)]).toEqual([
      name,
      blockValues,
      blockBytes,
    ])
  }
})

test('numbers that differ from layer to layer stay apart', async ({ storage }) => {
  const header = headerOf(
    new Map([
      ['general.architecture', text('openelm')],
      ['openelm.block_count', uint32(3)],
      ['openelm.embedding_length', uint32(128)],
      ['openelm.context_length', uint32(2048)],
      ['openelm.attention.head_count', int32s([2, 4, 4])],
      ['openelm.attention.head_count_kv', int32s([1, 2, 0])],
    ]),
  )
  const { shape } = await readGguf(await fileOf(storage, header))
  expect(shape).toMatchObject({ value: { heads: [2, 4, 4], kvHeads: [1, 2, 0], keySize: 32, feedForward: null } })
})

test('an architecture that nobody knows is read, and says what it lacks', async ({ storage }) => {
  const metadata: Metadata = new Map([
    ['general.architecture', text('martian')],
    ['martian.moons', float32s([1, 2])],
  ])
  const facts = await readGguf(await fileOf(storage, headerOf(metadata)))
  expect(facts).toMatchObject({ family: 'martian', quantisation: null, name: null, parameters: 0 })
  expect(facts.shape).toMatchObject({ state: 'absent', reason: expect.stringContaining('martian.block_count') })
})

describe('a refusal', () => {
  const refusal = async (path: string): Promise<string> => {
    const error = await readGguf(path).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(BadInputError)
    expect((error as Error).message).toContain(path)
    return (error as Error).message
  }

  const uint64 = (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(value)
    return bytes
  }
  const start = (tensors: bigint, entries: bigint) =>
    Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0]), uint64(tensors), uint64(entries)])
  const string = (value: string) => Buffer.concat([uint64(BigInt(value.length)), Buffer.from(value)])
  const number = (value: number) => Buffer.from(Uint32Array.of(value).buffer)

  test.for([
    ['nothing', Buffer.alloc(0), 'it is no GGUF file'],
    ['another format', Buffer.from('PK\u0003\u0004 and so on'), 'does not begin with GGUF'],
    ['version 1', Buffer.from('GGUF\u0001\0\0\0'), 'version 1 of the format, of which 2 and 3 are known'],
    ['the other byte order', Buffer.from('GGUF\0\0\0\u0003'), 'big-endian'],
    ['more tensors than fit', start(2n ** 60n, 0n), 'tensors come, but only 8 bytes of the file are left'],
    ['more entries than fit', start(0n, 2n ** 40n), 'entries of metadata come, but only 0 bytes'],
    [
      'a key that is longer than the file',
      Buffer.concat([start(0n, 1n), uint64(2n ** 62n), Buffer.alloc(99)]),
      'bytes of a text come',
    ],
    [
      'a list that is longer than the file',
      Buffer.concat([start(0n, 1n), string('tokens'), number(9), number(8), uint64(2n ** 50n)]),
      'items of tokens come',
    ],
    [
      'lists in lists',
      Buffer.concat([start(0n, 1n), string('nested'), number(9), number(9), uint64(1n)]),
      'lists within the list "nested"',
    ],
    ['a type that does not exist', Buffer.concat([start(0n, 1n), string('key'), number(77)]), '"key" the type 77'],
    ['no architecture', Buffer.concat([start(0n, 0n), Buffer.alloc(8)]), 'no general.architecture'],
  ] as const)('of %s', async ([, bytes, message], { storage }) => {
    expect(await refusal(await fileOf(storage, bytes))).toContain(message)
  })

  test('of a file that is cut within its header, wherever', async ({ storage }) => {
    const { path } = await tinyModel({ family: 'qwen2', quantisation: 'q4_0' }, storage)
    const whole = await readFile(path)
    const { headerBytes } = await readGguf(path)
    for (const share of [0.0005, 0.01, 0.3, 0.6, 0.9, 0.999]) {
      await refusal(await fileOf(storage, whole.subarray(0, Math.floor(headerBytes * share))))
    }
  })

  test('of a file whose weights are cut', async ({ storage }) => {
    const { path } = await tinyModel({ family: 'qwen2', quantisation: 'q8_0' }, storage)
    const whole = await readFile(path)
    const message = await refusal(await fileOf(storage, whole.subarray(0, whole.length - 33)))
    expect(message).toMatch(/too few for the tensor .*: it is truncated/)
  })

  test('of a tensor in a type of the future, or of a size that it cannot have', async ({ storage }) => {
    const tensor = (columns: bigint, type: number) =>
      Buffer.concat([start(1n, 0n), string('w'), number(1), uint64(columns), number(type), uint64(0n)])
    expect(await refusal(await fileOf(storage, tensor(32n, 99)))).toContain('the tensor w in type 99')
    expect(await refusal(await fileOf(storage, tensor(33n, 2)))).toContain('the size 33, which Q4_0 cannot have')
  })

  test('of what cannot be read is another error', async ({ storage }) => {
    const path = join(storage.directory, 'nowhere.gguf')
    await expect(readGguf(path)).rejects.toThrow(CouldNotMeasureError)
    await expect(readGguf(path)).rejects.toThrow(`${path} failed: ENOENT`)
    await expect(readGguf(storage.directory)).rejects.toThrow(CouldNotMeasureError)
  })
})
