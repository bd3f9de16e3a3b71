import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prometheusValues } from '../prometheus.ts'
import {
  call,
  type StreamedAnswer,
  startTestEngine,
  stream,
  type TestEngine,
  until,
  usageOf,
} from './engine-for-tests.ts'

let tested: TestEngine

beforeAll(async () => {
  tested = await startTestEngine()
  await tested.engine.load(tested.model('tiny'), { contextTokens: 4096, slots: 2 })
})
afterAll(async () => {
  await tested[Symbol.asyncDispose]()
})
const generate = (body: object, options: Parameters<typeof stream>[3] = {}): Promise<StreamedAnswer> =>
  stream(tested.engine, '/v1/completions', { model: 'tiny', ignore_eos: true, temperature: 1, ...body }, options)

const metric = async (name: string): Promise<number> => {
  const { text } = await call(tested.engine, '/metrics?model=tiny')
  return prometheusValues(text).get(`llamacpp:${name}`) ?? Number.NaN
}

/** How much counters grew since this was called. */
async function growth(...names: string[]): Promise<() => Promise<number[]>> {
  const now = (): Promise<number[]> => Promise.all(names.map(metric))
  const before = await now()
  return async () => (await now()).map((value, i) => value - (before[i] ?? Number.NaN))
}

/** Prompts of another number differ from the first token on. Each test has numbers of its own. */
const prompt = (first: number, length = 40): number[] =>
  Array.from({ length }, (_, i) => 300 + ((first * 97 + i * 7) % 1000))

const textOf = ({ events }: StreamedAnswer): string =>
  events.map(event => (event as { choices?: { text: string }[] }).choices?.[0]?.text ?? '').join('')

describe('length and sampling', () => {
  test('exactly as many tokens as asked for, prompt tokens as given', async () => {
    for (const max_tokens of [1, 2, 37]) {
      const usage = usageOf(await generate({ prompt: prompt(max_tokens), max_tokens }))
      expect(usage).toMatchObject({ prompt_tokens: 40, completion_tokens: max_tokens })
    }
  })

  test('without a limit it ends where the context is full', async () => {
    const answer = await generate({ prompt: prompt(1, 4072) })
    expect(usageOf(answer)).toMatchObject({ prompt_tokens: 4072, completion_tokens: 24 })
    expect(JSON.stringify(answer.events.at(-2))).toContain('"finish_reason":"length"')
  })

  test('the same seed gives the same text, another seed another', async () => {
    const [first, again, other] = [
      await generate({ prompt: prompt(1), max_tokens: 20, seed: 7, cache_prompt: false }),
      await generate({ prompt: prompt(1), max_tokens: 20, seed: 7, cache_prompt: false }),
      await generate({ prompt: prompt(1), max_tokens: 20, seed: 8, cache_prompt: false }),
    ].map(textOf)
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })

  test('a model that ends its answers does so, unless told to ignore that', async () => {
    await tested.engine.load(await tested.endingModel('ending'), { contextTokens: 1024, slots: 1 })
    const asked = { model: 'ending', prompt: prompt(1), max_tokens: 500, seed: 3 }
    const ended = await generate({ ...asked, ignore_eos: false })
    expect(usageOf(ended).completion_tokens).toBeLessThan(500)
    expect(JSON.stringify(ended.events.at(-2))).toContain('"finish_reason":"stop"')
    expect(usageOf(await generate(asked)).completion_tokens).toBe(500)
    await tested.engine.unload('ending')
  })

  test('a stop string ends the answer and is not part of it', async () => {
    const asked = { prompt: prompt(1), max_tokens: 40, seed: 7, cache_prompt: false }
    const whole = textOf(await generate(asked))
    const stop = whole.slice(20, 28)
    const stopped = await generate({ ...asked, stop })
    expect(textOf(stopped)).toBe(whole.slice(0, whole.indexOf(stop)))
    expect(JSON.stringify(stopped.events.at(-2))).toContain('"finish_reason":"stop"')
  })

  test('a plain answer holds the text of the streamed one', async () => {
    const body = { model: 'tiny', prompt: prompt(3), max_tokens: 20, seed: 7, ignore_eos: true, cache_prompt: false }
    const { json } = await call(tested.engine, '/v1/completions', body)
    const streamed = await stream(tested.engine, '/v1/completions', body)
    expect((json as { choices: { text: string }[] }).choices[0]?.text).toBe(textOf(streamed))
  })
})

describe('slots', () => {
  test('two requests run together, a third waits, and all are served', async () => {
    const grown = await growth('n_decode_total')
    const running: Promise<StreamedAnswer>[] = [101, 102, 103].map(n =>
      generate({ prompt: prompt(n), max_tokens: 400 }),
    )
    const busy = await until(
      () => tested.engine.queue(),
      ({ waiting }) => waiting.state === 'measured' && waiting.value === 1,
    )
    expect(busy.running).toEqual({ state: 'measured', value: 2 })
    const answers = await Promise.all(running)
    expect(answers.map(answer => usageOf(answer).completion_tokens)).toEqual([400, 400, 400])
    // Two sequences share their batches: fewer batches than tokens.
    expect((await grown())[0]).toBeLessThan(1000)
  })

  test('requests that wait are served in the order they came', async () => {
    const order: number[] = []
    const started: Promise<unknown>[] = []
    // Two long ones that end far apart, and three that wait for them and so begin at different times.
    for (const [n, max_tokens] of [900, 700, 50, 400, 50].entries()) {
      const first = (count: number): void => void (count === 1 && order.push(n))
      started.push(generate({ prompt: prompt(110 + n), max_tokens }, { onEvent: first }))
      await until(
        () => call(tested.engine, '/metrics?model=tiny'),
        ({ text }) => countOf(text) === n + 1 || order.includes(n),
      )
    }
    await Promise.all(started)
    expect(order.slice(2)).toEqual([2, 3, 4])
  })
})

/** Requests that the engine has, running or waiting. */
function countOf(metrics: string): number {
  const values = prometheusValues(metrics)
  return (values.get('llamacpp:requests_processing') ?? 0) + (values.get('llamacpp:requests_deferred') ?? 0)
}

describe('prefix reuse', () => {
  test('a repeated prompt is evaluated but for its last token', async () => {
    const asked = { prompt: prompt(121), max_tokens: 2 }
    expect(usageOf(await generate(asked)).prompt_tokens_details.cached_tokens).toBe(0)
    expect(usageOf(await generate(asked)).prompt_tokens_details.cached_tokens).toBe(39)
  })

  test('a common beginning is reused, from the slot that shares most of it', async () => {
    await generate({ prompt: prompt(131), max_tokens: 1 })
    await generate({ prompt: prompt(132), max_tokens: 1 })
    const mixed = [...prompt(131).slice(0, 25), ...prompt(139)]
    expect(usageOf(await generate({ prompt: mixed, max_tokens: 1 })).prompt_tokens_details.cached_tokens).toBe(25)
    // The other slot was left alone.
    expect(usageOf(await generate({ prompt: prompt(132), max_tokens: 1 })).prompt_tokens_details.cached_tokens).toBe(39)
  })

  test('the answer before is part of what can be reused', async () => {
    const asked = { prompt: prompt(141), max_tokens: 10, seed: 1 }
    const text = textOf(await generate(asked))
    const { json } = await call(tested.engine, '/tokenize', { model: 'tiny', content: text })
    const { tokens } = json as { tokens: number[] }
    const usage = usageOf(await generate({ prompt: [...prompt(141), ...tokens], max_tokens: 1 }))
    expect(usage.prompt_tokens_details.cached_tokens).toBeGreaterThan(40)
  })

  test('cache_prompt false reuses nothing', async () => {
    const asked = { prompt: prompt(151), max_tokens: 2 }
    await generate(asked)
    const usage = usageOf(await generate({ ...asked, cache_prompt: false }))
    expect(usage.prompt_tokens_details.cached_tokens).toBe(0)
  })
})

describe('a client that leaves', () => {
  test('ends its generation and frees its slot', async () => {
    const grown = await growth('tokens_predicted_total')
    const client = new AbortController()
    const options = { signal: client.signal, onEvent: () => client.abort() }
    await expect(generate({ prompt: prompt(161), max_tokens: 3000 }, options)).rejects.toThrow('abort')
    await until(
      () => metric('requests_processing'),
      processing => processing === 0,
    )
    const [generated] = await grown()
    expect(generated).toBeGreaterThan(0)
    expect(generated).toBeLessThan(3000)
  })

  test('leaves the queue as well', async () => {
    const grown = await growth('tokens_predicted_total')
    const client = new AbortController()
    const running = [171, 172].map(n => generate({ prompt: prompt(n), max_tokens: 1000 }))
    await until(
      () => metric('requests_processing'),
      processing => processing === 2,
    )
    const left = generate({ prompt: prompt(173), max_tokens: 500 }, { signal: client.signal })
    await until(
      () => metric('requests_deferred'),
      deferred => deferred === 1,
    )
    client.abort()
    await expect(left).rejects.toThrow('abort')
    await until(
      () => metric('requests_deferred'),
      deferred => deferred === 0,
    )
    await Promise.all(running)
    expect(await grown()).toEqual([2000])
  })
})

test('the counters of /metrics are the sum of all usages', async () => {
  const grown = await growth('tokens_predicted_total', 'prompt_tokens_cached_total', 'prompt_tokens_total')
  const jobs = Array.from({ length: 12 }, (_, i) => ({ prompt: prompt(200 + (i % 3), 20 + i), max_tokens: 5 + i }))
  const usages = (await Promise.all(jobs.map(job => generate(job)))).map(usageOf)
  const sum = (of: (usage: (typeof usages)[number]) => number): number => usages.reduce((total, u) => total + of(u), 0)
  const cached = sum(usage => usage.prompt_tokens_details.cached_tokens)
  const tokens = sum(usage => usage.completion_tokens)
  expect(await grown()).toEqual([tokens, cached, sum(usage => usage.prompt_tokens) - cached])
  const generatedTokens = { state: 'measured', value: await metric('tokens_predicted_total') }
  expect(await tested.engine.residency('tiny')).toMatchObject({ state: 'loaded', generatedTokens })
})
