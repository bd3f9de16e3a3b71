import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BadInputError } from '../errors.ts'
import { absent, measured } from '../measured.ts'
import { batchFileWorkload, type LoadRequest, syntheticWorkload, type TokenCounter, type Workload } from './index.ts'

async function take(workload: Workload, batch: number, n: number): Promise<LoadRequest[]> {
  const requests: LoadRequest[] = []
  for await (const request of workload.requests(batch)) {
    requests.push(request)
    if (requests.length === n) break
  }
  return requests
}
const promptOf = (request: LoadRequest | undefined): string =>
  (request?.body.messages as { content: string }[] | undefined)?.[0]?.content ?? ''

const countWith =
  (tokens: (text: string) => number): TokenCounter =>
  async text =>
    measured(tokens(text))

/** Tokenizers of different make: words, bytes, words of up to four letters and a start token. */
const tokenizers = {
  'a token a word': (text: string) => text.split(' ').length,
  'a token a byte': (text: string) => text.length,
  'pieces of four letters and a start token': (text: string) =>
    1 + text.split(' ').reduce((sum, word) => sum + Math.ceil(word.length / 4), 0),
}

describe('syntheticWorkload', () => {
  const options = { promptTokens: 100, outputTokens: 32, seed: 1 }

  describe.each(Object.entries(tokenizers))('%s', (_name, tokenizer) => {
    test.each([1, 2, 100, 1001])('prompts of exactly %i tokens', async promptTokens => {
      if (tokenizer('the') > promptTokens) return
      const workload = await syntheticWorkload({ ...options, promptTokens, countTokens: countWith(tokenizer) })
      if (workload.description.startsWith('about')) {
        // A text of so few tokens cannot be told apart or does not exist; saying so is the point.
        expect(promptTokens).toBeLessThan(10)
        return
      }
      for (const batch of [-1, 0, 7]) {
        for (const request of await take(workload, batch, 50)) expect(tokenizer(promptOf(request))).toBe(promptTokens)
      }
    })
  })

  test('every prompt, id and seed of a run is another one', async () => {
    const workload = await syntheticWorkload(options)
    const requests = (await Promise.all([-1, 0, 1, 2].map(batch => take(workload, batch, 500)))).flat()
    expect(new Set(requests.map(promptOf)).size).toBe(2000)
    expect(new Set(requests.map(request => request.id)).size).toBe(2000)
    expect(new Set(requests.map(request => request.body.seed)).size).toBe(2000)
  })

  test('prompts differ within their first five words', async () => {
    const requests = await take(await syntheticWorkload(options), 0, 1000)
    expect(new Set(requests.map(request => promptOf(request).split(' ').slice(0, 6).join(' '))).size).toBe(1000)
  })

  test('a shared prefix is shared, the rest is not', async () => {
    const countTokens = countWith(tokenizers['a token a word'])
    const workload = await syntheticWorkload({ ...options, sharedPrefixTokens: 60, countTokens })
    const prompts = (await take(workload, 0, 20)).map(promptOf)
    expect(new Set(prompts.map(prompt => prompt.split(' ').slice(0, 61).join(' '))).size).toBe(1)
    expect(new Set(prompts).size).toBe(20)
    expect(workload.description).toContain('100 prompt tokens (60 shared)')
  })

  test('asks for a fixed length, sampling and a seed', async () => {
    const [request] = await take(await syntheticWorkload(options), 0, 1)
    expect(request).toMatchObject({
      id: '0-0',
      path: '/v1/chat/completions',
      body: { max_tokens: 32, ignore_eos: true, temperature: 1, seed: expect.any(Number) },
      expectedCompletionTokens: 32,
    })
    const [free] = await take(await syntheticWorkload({ ...options, fixedOutput: false }), 0, 1)
    expect(free).toMatchObject({ expectedCompletionTokens: null })
    expect(free?.body).not.toHaveProperty('ignore_eos')
  })

  test('a batch is the same whenever it is asked for', async () => {
    const [one, other] = await Promise.all([syntheticWorkload(options), syntheticWorkload(options)])
    expect(await take(one, 1, 20)).toEqual(await take(other, 1, 20))
  })

  test('the hash is that of the definition', async () => {
    const hash = async (change: object) => (await syntheticWorkload({ ...options, ...change })).hash
    const same = await hash({})
    expect(same).toMatch(/^[0-9a-f]{16}$/)
    expect(await hash({ temperature: 1 })).toBe(same)
    const others = [
      { promptTokens: 101 },
      { outputTokens: 33 },
      { seed: 2 },
      { temperature: 0 },
      { sharedPrefixTokens: 5 },
    ]
    const hashes = await Promise.all(others.map(hash))
    expect(new Set([same, ...hashes]).size).toBe(6)
  })

  test('says so when lengths are not exact', async () => {
    expect((await syntheticWorkload(options)).description).toMatch(/^about 100 prompt tokens/)
    const countTokens: TokenCounter = async () => absent('this engine cannot count')
    expect((await syntheticWorkload({ ...options, countTokens })).description).toMatch(/^about 100/)
    const moody = countWith(text => text.length % 17)
    expect((await syntheticWorkload({ ...options, countTokens: moody })).description).toMatch(/^about 100/)
  })

  test.each([{ promptTokens: 0 }, { outputTokens: 1.5 }, { sharedPrefixTokens: 101 }])('refuses %o', async change => {
    await expect(syntheticWorkload({ ...options, ...change })).rejects.toThrow(BadInputError)
  })
})

describe('batchFileWorkload', () => {
  let directory: string
  let path: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'batch-file-'))
    path = join(directory, 'batch.jsonl')
  })
  afterEach(() => rm(directory, { recursive: true }))

  const line = (id: string, change: object = {}) => ({
    custom_id: id,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'theirs', messages: [{ role: 'user', content: `hello ${id}` }], max_tokens: 4 },
    ...change,
  })
  const fileOf = (...lines: (object | string)[]) =>
    writeFile(path, lines.map(each => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join(''))
  const ids = async (workload: Workload, batch: number) => (await take(workload, batch, 100)).map(request => request.id)

  test('gives the lines as they are, with our model', async () => {
    await fileOf(
      line('a'),
      line('b', { url: '/v1/completions', body: { prompt: 'x', max_tokens: 3, ignore_eos: true } }),
    )
    const requests = await take(await batchFileWorkload({ path, take: null, model: 'ours' }), 0, 9)
    expect(requests).toEqual([
      {
        id: 'a',
        path: '/v1/chat/completions',
        body: { model: 'ours', messages: [{ role: 'user', content: 'hello a' }], max_tokens: 4 },
        expectedCompletionTokens: null,
      },
      {
        id: 'b',
        path: '/v1/completions',
        body: { model: 'ours', prompt: 'x', max_tokens: 3, ignore_eos: true },
        expectedCompletionTokens: 3,
      },
    ])
  })

  test('deals its lines out to the batches, the last ones to the warm-up, and begins again at the end', async () => {
    await fileOf(...['a', 'b', 'c', 'd', 'e'].map(id => line(id)))
    const workload = await batchFileWorkload({ path, take: 2, model: 'ours' })
    expect(await ids(workload, -1)).toEqual(['warm-up-d', 'warm-up-e'])
    expect(await ids(workload, 0)).toEqual(['a', 'b'])
    expect(await ids(workload, 1)).toEqual(['c', 'd'])
    expect(await ids(workload, 2)).toEqual(['e', 'a#2'])
    expect(await ids(workload, 3)).toEqual(['b#2', 'c#2'])
  })

  test('the hash is that of the lines, not of how many are taken', async () => {
    await fileOf(line('a'), line('b'))
    const { hash } = await batchFileWorkload({ path, take: 1, model: 'ours' })
    expect((await batchFileWorkload({ path, take: 2, model: 'other' })).hash).toBe(hash)
    await fileOf(line('a'), line('c'))
    expect((await batchFileWorkload({ path, take: 1, model: 'ours' })).hash).not.toBe(hash)
  })

  test('empty lines, CRLF, a byte order mark and U+2028 in a text are fine', async () => {
    const odd = line('b', { body: { messages: [{ role: 'user', content: 'one\u2028two' }] } })
    await writeFile(path, `\ufeff${JSON.stringify(line('a'))}\r\n\r\n${JSON.stringify(odd)}`)
    const requests = await take(await batchFileWorkload({ path, take: null, model: 'ours' }), 0, 9)
    expect(requests.map(promptOf)).toEqual(['hello a', 'one\u2028two'])
  })

  test.each([
    ['not JSON', ['{"custom_id":'], /line 2: not JSON/],
    ['no object', ['7'], /line 2: the line is 7; allowed is: expected object/],
    ['no custom_id', [line('x', { custom_id: undefined })], /line 2: field "custom_id" is nothing; .*expected string/],
    ['another method', [line('x', { method: 'GET' })], /line 2: field "method" is "GET"; .*"POST"/],
    [
      'another endpoint',
      [line('x', { url: '/v1/embeddings' })],
      /line 2: field "url" is "\/v1\/embeddings"; allowed are .*chat\/completions/,
    ],
    ['no messages', [line('x', { body: {} })], /line 2: field "body.messages" is nothing/],
    ['empty messages', [line('x', { body: { messages: [] } })], /line 2: field "body.messages" is \[\]/],
    [
      'a wrong length',
      [line('x', { body: { messages: [{ role: 'user' }], max_tokens: 'many' } })],
      /field "body.max_tokens" is "many"/,
    ],
    ['several answers', [line('x', { body: { messages: [{ role: 'user' }], n: 2 } })], /field "body.n" is 2/],
    ['an id twice', [line('x'), line('y'), line('x')], /line 4: custom_id "x" is also on line 2/],
  ])('%s is refused before anything starts', async (_name, lines, message) => {
    await fileOf(line('first'), ...lines)
    const opening = batchFileWorkload({ path, take: 1, model: 'ours' })
    await expect(opening).rejects.toThrow(message)
    await expect(opening).rejects.toThrow(BadInputError)
    await expect(opening).rejects.toThrow(path)
  })

  test("for Ollama's protocol, what it cannot carry is refused before anything starts", async () => {
    await fileOf(line('a'), line('b', { body: { messages: [{ role: 'user', content: 'x' }], logit_bias: { 5: 1 } } }))
    const open = (protocol: 'openai' | 'ollama') => batchFileWorkload({ path, take: 1, model: 'ours', protocol })
    await expect(open('ollama')).rejects.toThrow(BadInputError)
    await expect(open('ollama')).rejects.toThrow(/batch\.jsonl, line 2: .* field "logit_bias", which is \{"5":1\}/)
    expect(await ids(await open('openai'), 0)).toEqual(['a'])
  })

  test("over Ollama's protocol no length is fixed", async () => {
    await fileOf(line('a', { body: { messages: [{ role: 'user', content: 'x' }], max_tokens: 3, ignore_eos: true } }))
    const lengthOver = async (protocol: 'openai' | 'ollama') =>
      (await take(await batchFileWorkload({ path, take: 1, model: 'ours', protocol }), 0, 1))[0]
        ?.expectedCompletionTokens
    expect(await lengthOver('openai')).toBe(3)
    expect(await lengthOver('ollama')).toBeNull()
  })

  test('an empty file, a missing file and a take of nothing are refused', async () => {
    await expect(batchFileWorkload({ path, take: 1, model: 'ours' })).rejects.toThrow(/ENOENT.*batch format/)
    await fileOf()
    await expect(batchFileWorkload({ path, take: 1, model: 'ours' })).rejects.toThrow('it is empty')
    await fileOf(line('a'))
    await expect(batchFileWorkload({ path, take: 0, model: 'ours' })).rejects.toThrow('at least 1')
  })
})
