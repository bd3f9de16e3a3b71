import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Template } from '@huggingface/jinja'
import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { test as base, describe, expect } from 'vitest'
import { BadInputError } from '../../errors.ts'
import { catalogue, type ModelStorage, syntheticModelFolder, tinyModel, tinyModelFolder } from '../index.ts'
import recorded from './tokenizer.data.json' with { type: 'json' }

const test = base.extend('storage', { scope: 'file' }, async ({}, { onCleanup }): Promise<ModelStorage> => {
  const directory = await mkdtemp(join(tmpdir(), 'models-'))
  onCleanup(() => rm(directory, { recursive: true }))
  return { directory, limitBytes: 1e9 }
})

const json = async (folder: string, name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'))
const sha256 = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex')

describe('config.json', () => {
  test.for(catalogue.map(model => [model.name, model] as const))(
    'of %s at its real size says what has the published number of parameters',
    async ([name, { publishedParameters }], { storage }) => {
      const model = await syntheticModelFolder({ model: name, divisor: 1 }, storage)
      const config = await json(model.path, 'config.json')
      expect(Math.abs(parametersOf(config) / publishedParameters - 1)).toBeLessThan(0.01)
      expect(model).toMatchObject({ name, weights: false, parameters: parametersOf(config) })
      expect(model.bytes).toBe(2 * model.parameters)
    },
  )

  test('of a scaled model has its sizes', async ({ storage }) => {
    const { path, name } = await syntheticModelFolder({ model: 'qwen2.5-0.5b', divisor: 16 }, storage)
    expect(name).toBe('qwen2.5-0.5b ÷ 16')
    expect(await json(path, 'config.json')).toMatchObject({
      architectures: ['Qwen2ForCausalLM'],
      model_type: 'qwen2',
      num_attention_heads: 7,
      num_key_value_heads: 1,
      head_dim: 64,
      max_position_embeddings: 32_768,
      tie_word_embeddings: true,
      torch_dtype: 'bfloat16',
    })
  })

  /** As transformers builds Llama, Qwen2 and Gemma 2 from it; written from their modules, and not from the writer. */
  function parametersOf(config: Record<string, number | string | boolean>): number {
    const of = (key: string) => Number(config[key])
    const [width, layers, head] = [of('hidden_size'), of('num_hidden_layers'), of('head_dim')]
    const queries = of('num_attention_heads') * head
    const keys = of('num_key_value_heads') * head
    const biases = config.model_type === 'qwen2' ? queries + 2 * keys : 0
    const attention = width * queries + 2 * width * keys + queries * width + biases
    const norms = config.model_type === 'gemma2' ? 4 : 2
    const layer = attention + 3 * width * of('intermediate_size') + norms * width
    return of('vocab_size') * width * (config.tie_word_embeddings === true ? 1 : 2) + layers * layer + width
  }
})

describe('the tokenizer', () => {
  test('has an id for every row of the embedding matrix, and merges that lead to tokens', async ({ storage }) => {
    const { path, architecture } = await syntheticModelFolder({ model: 'llama-3.2-1b', divisor: 64 }, storage)
    const { model, added_tokens } = await json(path, 'tokenizer.json')
    const ids = [...Object.values<number>(model.vocab), ...added_tokens.map(({ id }: { id: number }) => id)]
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: architecture.vocabulary }, (_, id) => id))
    const dangling = model.merges.filter((merge: string) => !(merge.replace(' ', '') in model.vocab))
    expect(model.merges.length).toBeGreaterThan(1000)
    expect(dangling).toEqual([])
  })

  test('is the one that the recorded ids are of', async ({ storage }) => {
    const { path } = await tinyModelFolder({ family: 'llama' }, storage)
    expect(await sha256(join(path, 'tokenizer.json'))).toBe(recorded.tokenizerSha256)
  })

  test('gives the ids that the GGUF file gives', async ({ storage }) => {
    const { path } = await tinyModel({ family: 'llama', quantisation: 'q4_0' }, storage)
    const settings = { gpu: false, build: 'never', skipDownload: true, maxThreads: 1 } as const
    await using llama = await getLlama({ ...settings, logLevel: LlamaLogLevel.error })
    await using model = await llama.loadModel({ modelPath: path })
    for (const { text, ids } of recorded.encodings) expect([text, model.tokenize(text, true)]).toEqual([text, ids])
  })

  test('ends answers with the token that all files name', async ({ storage }) => {
    const { path, architecture } = await tinyModelFolder({ family: 'qwen2' }, storage)
    const end = architecture.vocabulary - 1
    expect(await json(path, 'config.json')).toMatchObject({ eos_token_id: end })
    expect(await json(path, 'generation_config.json')).toMatchObject({ eos_token_id: end })
    expect(await json(path, 'tokenizer_config.json')).toMatchObject({ eos_token: '<|im_end|>' })
    const { added_tokens } = await json(path, 'tokenizer.json')
    expect(added_tokens.at(-1)).toMatchObject({ id: end, content: '<|im_end|>', special: true })
  })

  test('has a chat template', async ({ storage }) => {
    const { path } = await tinyModelFolder({ family: 'qwen2' }, storage)
    const template = new Template((await json(path, 'tokenizer_config.json')).chat_template)
    const messages = [{ role: 'user', content: 'Hello' }]
    expect(template.render({ messages, add_generation_prompt: true })).toBe(
      '<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n',
    )
  })
})

describe('weights', () => {
  test('are not written unless asked for', async ({ storage }) => {
    const { path } = await tinyModelFolder({ family: 'qwen2' }, storage)
    expect((await readdir(path)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
  })

  test.for(['llama', 'qwen2', 'gemma2'] as const)(
    'of a %s fill the safetensors file, without gaps',
    async (family, { storage }) => {
      const model = await tinyModelFolder({ family, weights: true }, storage)
      const { tensors, data } = await readSafetensors(model.path)
      const ends = tensors.map(({ data_offsets: [, end] }) => end)
      expect(tensors.map(({ data_offsets: [begin] }) => begin)).toEqual([0, ...ends.slice(0, -1)])
      expect(ends.at(-1)).toBe(data.length)
      const sizes = tensors.map(({ shape }) => shape.reduce((product, size) => product * size))
      expect(sizes.reduce((sum, size) => sum + size)).toBe(model.parameters)
      const names = tensors.map(({ name }) => name)
      expect(names.includes('lm_head.weight')).toBe(!model.architecture.tiedEmbeddings)
      expect(names.includes('model.layers.1.self_attn.q_proj.bias')).toBe(family === 'qwen2')
      expect(tensors.find(({ name }) => name === 'model.layers.0.mlp.down_proj.weight')).toMatchObject({
        dtype: 'BF16',
        shape: [model.architecture.embedding, model.architecture.feedForward],
      })
    },
  )

  test('are spread around zero, and follow from the seed', async ({ storage }) => {
    const values = async (seed: number) => {
      const { path } = await tinyModelFolder({ family: 'llama', weights: true, seed }, storage)
      const { tensors, data } = await readSafetensors(path)
      const [begin = 0, end = 0] = tensors.find(({ name }) => name === 'lm_head.weight')?.data_offsets ?? []
      const single = Buffer.alloc(4)
      return Array.from({ length: (end - begin) / 2 }, (_, i) => {
        single.writeUInt16LE(data.readUInt16LE(begin + 2 * i), 2)
        return single.readFloatLE()
      })
    }
    const [one, two] = [await values(1), await values(2)]
    const mean = one.reduce((sum, value) => sum + value) / one.length
    const variance = one.reduce((sum, value) => sum + value ** 2, 0) / one.length
    expect(Math.abs(mean)).toBeLessThan(0.02)
    expect(variance).toBeCloseTo(1, 1)
    expect(two).not.toEqual(one)
  })

  interface SafeTensor {
    name: string
    dtype: string
    shape: number[]
    data_offsets: [begin: number, end: number]
  }

  async function readSafetensors(folder: string): Promise<{ tensors: SafeTensor[]; data: Buffer }> {
    const file = await readFile(join(folder, 'model.safetensors'))
    const start = 8 + Number(file.readBigUInt64LE())
    expect(start % 8).toBe(0)
    const { __metadata__, ...tensors } = JSON.parse(file.toString('utf8', 8, start))
    expect(__metadata__).toEqual({ format: 'pt' })
    const named = Object.entries<Omit<SafeTensor, 'name'>>(tensors).map(([name, tensor]) => ({ name, ...tensor }))
    return { tensors: named.sort((a, b) => a.data_offsets[0] - b.data_offsets[0]), data: file.subarray(start) }
  }
})

describe('what callers get', () => {
  test('a folder for each seed, as instances of one model differ', async ({ storage }) => {
    const first = await tinyModelFolder({ family: 'qwen2' }, storage)
    const second = await tinyModelFolder({ family: 'qwen2', seed: 2 }, storage)
    expect([first.name, second.name]).toEqual(['tiny-qwen2', 'tiny-qwen2 #2'])
    expect(second.path).not.toBe(first.path)
    expect(await sha256(join(second.path, 'config.json'))).not.toBe(await sha256(join(first.path, 'config.json')))
    expect(await tinyModelFolder({ family: 'qwen2' }, storage)).toEqual(first)
  })

  test.for([
    [{ model: 'gpt-5', divisor: 1 }, /no 'gpt-5'/],
    [{ model: 'qwen2.5-0.5b', divisor: 0 }, /divisor is 0/],
    [{ model: 'qwen2.5-0.5b', divisor: 16, seed: -1 }, /seed is -1/],
  ] as const)('a refusal of %o', async ([request, message], { storage }) => {
    const making = syntheticModelFolder(request, storage)
    await expect(making).rejects.toThrow(BadInputError)
    await expect(making).rejects.toThrow(message)
  })

  test('an abort that leaves no folder', async ({ storage }) => {
    const directory = join(storage.directory, 'aborted')
    const controller = new AbortController()
    const { signal } = controller
    const making = syntheticModelFolder(
      { model: 'qwen2.5-0.5b', divisor: 16, weights: true },
      { ...storage, directory, signal },
    )
    controller.abort()
    await expect(making).rejects.toThrow(signal.reason)
    expect(await readdir(directory)).toEqual([])
  })
})
