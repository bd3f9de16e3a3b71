import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readGgufFileInfo } from 'node-llama-cpp'
import { test as base, describe, expect } from 'vitest'
import { BadInputError } from '../../errors.ts'
import {
  findVisionModel,
  type ModelStorage,
  parameterCount,
  readGguf,
  syntheticVisionModel,
  visionCatalogue,
} from '../index.ts'
import { scaleTower } from './scale-tower.ts'
import { towerParameters } from './tower-tensors.ts'
import { windowPattern } from './vision-tower.ts'

const test = base.extend('storage', { scope: 'file' }, async ({}, { onCleanup }): Promise<ModelStorage> => {
  const directory = await mkdtemp(join(tmpdir(), 'models-'))
  onCleanup(() => rm(directory, { recursive: true }))
  return { directory, limitBytes: 1e9 }
})

const written = visionCatalogue.flatMap(({ name, publishedParameters, parts }) =>
  parts.state === 'measured' ? [{ name, publishedParameters, ...parts.value }] : [],
)

describe('the catalogue', () => {
  test.for(written)('$name has the published number of parameters', ({ publishedParameters, text, tower }) => {
    const parameters = parameterCount(text) + towerParameters(tower, text.embedding)
    expect(Math.abs(parameters / publishedParameters - 1)).toBeLessThan(0.01)
  })

  test('refuses an unknown name and lists what there is', () => {
    expect(() => findVisionModel('gpt-5')).toThrow(BadInputError)
    expect(() => findVisionModel('gpt-5')).toThrow(/no 'gpt-5'.*llava-1.5-7b/)
  })
})

const divisors = [2, 8, 16, 64]

describe('a scaled tower', () => {
  test.for(written.flatMap(model => divisors.map(divisor => ({ ...model, divisor }))))(
    'of $name ÷ $divisor keeps image and heads, and has its share of the parameters',
    ({ text, tower, divisor }) => {
      const scaledTextEmbedding = text.embedding / 2
      const sizes = { textEmbedding: text.embedding, scaledTextEmbedding }
      const small = scaleTower(tower, divisor, sizes)
      const share = (towerParameters(small, scaledTextEmbedding) * divisor) / towerParameters(tower, text.embedding)
      expect(Math.abs(share - 1)).toBeLessThan(0.15)
      expect(small.embedding / small.heads).toBe(tower.embedding / tower.heads)
      expect(small).toMatchObject({ imagePixels: tower.imagePixels, patchPixels: tower.patchPixels })
      expect(small.layers).toBeGreaterThanOrEqual(2)
    },
  )

  test('is the same one for 1, and none where it would be too small', () => {
    for (const { text, tower } of written) {
      const sizes = { textEmbedding: text.embedding, scaledTextEmbedding: text.embedding }
      expect(scaleTower(tower, 1, sizes)).toBe(tower)
      expect(() => scaleTower(tower, 1e6, sizes)).toThrow('take a smaller divisor')
    }
  })

  test('of Qwen sees whole images in every eighth layer, as it does itself', () => {
    const qwen = written.find(({ name }) => name === 'qwen2.5-vl-3b')
    expect(qwen && windowPattern(qwen.tower)).toBe(8)
  })
})

describe('the files', () => {
  test.for(['qwen2.5-vl-3b', 'llava-1.5-7b'] as const)('of %s say what they hold', async (model, { storage }) => {
    const made = await syntheticVisionModel({ model, divisor: 128, quantisation: 'q4_0' }, storage)
    const { architecture, tower, projectorPath, projectorBytes } = made
    const [text, projector] = [await readGguf(made.path), await readGguf(projectorPath)]
    expect(text.family).toBe(model === 'llava-1.5-7b' ? 'llama' : 'qwen2vl')
    expect(projector).toMatchObject({ family: 'clip', quantisation: 'F16', fileBytes: projectorBytes })
    expect(text.fileBytes + projectorBytes).toBe(made.bytes)
    expect(text.parameters + projector.parameters).toBe(made.parameters)

    const { metadata, tensorInfo = [] } = await readGgufFileInfo(projectorPath)
    expect(metadata).toMatchObject({
      clip: {
        has_vision_encoder: true,
        projector_type: tower.projector,
        use_silu: tower.projector !== 'mlp',
        vision: {
          image_size: tower.imagePixels,
          block_count: tower.layers,
          projection_dim: architecture.embedding,
          image_mean: tower.imageMean.map(value => expect.closeTo(value, 6)),
        },
      },
    })
    const shape = (name: string) => tensorInfo.find(tensor => tensor.name === name)?.dimensions.map(Number)
    expect(shape('v.patch_embd.weight')).toEqual([14, 14, 3, tower.embedding])
    expect(shape('mm.2.weight')?.at(-1)).toBe(architecture.embedding)
    expect(shape(`v.blk.${tower.layers - 1}.ffn_down.weight`)).toEqual([tower.feedForward, tower.embedding])
  })

  test('of Qwen have tokens that stand around an image, which the text model never says', async ({ storage }) => {
    const made = await syntheticVisionModel({ model: 'qwen2.5-vl-3b', divisor: 128, quantisation: 'q4_0' }, storage)
    const { metadata } = await readGgufFileInfo(made.path)
    const { tokens, token_type: types } = metadata.tokenizer.ggml
    expect(tokens.slice(-3)).toEqual(['<|vision_start|>', '<|vision_end|>', '<|image_pad|>'])
    expect(types?.slice(-6)).toEqual([3, 3, 3, 3, 3, 3])
    expect(metadata).toMatchObject({ qwen2vl: { rope: { dimension_sections: expect.any(Array) } } })
  })

  test('are found again, and others for another seed', async ({ storage }) => {
    const request = { model: 'llava-1.5-7b', divisor: 128, quantisation: 'q8_0' } as const
    const first = await syntheticVisionModel(request, storage)
    expect(await syntheticVisionModel(request, storage)).toEqual(first)
    const other = await syntheticVisionModel({ ...request, seed: 2 }, storage)
    expect(other.name).toBe('llava-1.5-7b ÷ 128 #2')
    expect(other.projectorPath).not.toBe(first.projectorPath)
  })

  test('of Phi-3.5 Vision are refused with who can run it', async ({ storage }) => {
    const making = syntheticVisionModel({ model: 'phi-3.5-vision', divisor: 16, quantisation: 'q4_0' }, storage)
    await expect(making).rejects.toThrow(BadInputError)
    await expect(making).rejects.toThrow(/only vLLM runs phi-3\.5-vision/)
  })
})
