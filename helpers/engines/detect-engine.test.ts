import { describe, expect, test } from 'vitest'
import { BadInputError, EngineStartError } from '../errors.ts'
import { answering, closedPort, type RecordedAnswer, serveAnswers } from './answering-server.ts'
import recorded from './detect-engine.data.json' with { type: 'json' }
import { checkEngine, detectEngine } from './detect-engine.ts'
import { startTestEngine } from './embedded/engine-for-tests.ts'

const servers: Record<string, Record<string, RecordedAnswer>> = recorded.servers

const failureOf = (found: Promise<unknown>): Promise<Error> =>
  found.then(
    () => expect.unreachable('found'),
    error => error,
  )

describe('which engine answers', () => {
  test.for([
    ['llama-server, one model', { engine: 'llama-server', version: 'b11669-Debian' }],
    ['llama-server, router', { engine: 'llama-server', version: 'b11669-Debian' }],
    ['Ollama 0.17.4', { engine: 'ollama', version: '0.17.4' }],
    ['Ollama 0.33.0-rc2', { engine: 'ollama', version: '0.33.0-rc2' }],
    ['vLLM 0.32.0', { engine: 'vllm', version: '0.32.0' }],
    ['transformers serve 5.23.0', { engine: 'openai', version: 'unknown' }],
  ] as const)('%s, at its URL with and without /v1, by looking alone', async ([name, found]) => {
    const seen: string[] = []
    await using server = await serveAnswers(answering(servers[name] ?? {}, seen))
    expect(await detectEngine(server.url)).toEqual(found)
    expect(await detectEngine(`${server.url}/v1/`)).toEqual(found)
    expect(seen.filter(question => !question.startsWith('GET '))).toEqual([])
  })

  test('the embedded engine, which is not taken for llama-server', async () => {
    await using tested = await startTestEngine()
    const { version, url } = tested.engine.identity
    expect(await detectEngine(url)).toEqual({ engine: 'embedded', version })
  })

  test('a server with a list of models and nothing else', async () => {
    const answers = { '/v1/models': { status: 200, body: { object: 'list', data: [{ id: 'm' }] } } }
    await using server = await serveAnswers(answering(answers))
    expect(await detectEngine(server.url)).toEqual({ engine: 'openai', version: 'unknown' })
  })
})

describe('why none was found', () => {
  test('nothing listens', async () => {
    const failure = await failureOf(detectEngine(`http://127.0.0.1:${await closedPort()}`))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(/^No engine answers at http.*ECONNREFUSED.*Start the server first, or correct/)
  })

  test('a URL that is none', async () => {
    for (const url of ['localhost:8000', 'ftp://host', '']) {
      expect(await failureOf(detectEngine(url))).toBeInstanceOf(BadInputError)
    }
  })

  test('a host that is not known', async () => {
    const failure = await failureOf(detectEngine('http://no-such-host.invalid:8000'))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toContain('the name no-such-host.invalid cannot be resolved')
  })

  test('a server that does not answer', async () => {
    await using server = await serveAnswers(() => {})
    const failure = await failureOf(detectEngine(server.url, { timeoutMs: 100 }))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toContain('nothing came within 0.075 s')
  })

  test.for(['llama-server with a key, without it', 'vLLM 0.32.0 with a key, without it'])('%s', async name => {
    await using server = await serveAnswers(answering(servers[name] ?? {}))
    const missing = await failureOf(detectEngine(server.url))
    expect(missing).toBeInstanceOf(BadInputError)
    expect(missing.message).toContain('it wants an API key: set PERF_API_KEY')
    const wrong = await failureOf(detectEngine(server.url, { apiKey: 'sesame' }))
    expect(wrong).toBeInstanceOf(BadInputError)
    expect(wrong.message).toContain('it does not accept the API key in PERF_API_KEY')
    expect(wrong.message).not.toContain('sesame')
  })

  test('http where TLS is spoken, https where it is not, a certificate that nobody signed', async () => {
    await using secure = await serveAnswers(answering({}), { tls: true })
    await using plain = await serveAnswers(answering({}))
    const untrusted = await failureOf(detectEngine(secure.url))
    expect(untrusted.message).toContain('NODE_EXTRA_CA_CERTS')
    const needsTls = await failureOf(detectEngine(`http://127.0.0.1:${secure.port}`))
    expect(needsTls.message).toContain('It speaks TLS: use https:// in place of http://')
    const hasNone = await failureOf(detectEngine(`https://127.0.0.1:${plain.port}`))
    expect(hasNone.message).toContain('does not speak TLS: use http:// in place of https://')
  })

  test('something else: a web page, a JSON service, a page at the root alone', async () => {
    await using page = await serveAnswers((_, response) => response.end('<html><title>Shop</title>'))
    const html = await failureOf(detectEngine(page.url))
    expect(html).toBeInstanceOf(EngineStartError)
    expect(html.message).toContain('is no LLM server that this suite knows: GET ')
    expect(html.message).toContain('/v1/models answered with "<html><title>Shop</title>"')
    await using json = await serveAnswers((_, response) => response.end('{"data": {"version": 3}}'))
    expect((await failureOf(detectEngine(json.url))).message).toContain('answered with "{"data": {"version": 3}}"')
    await using root = await serveAnswers(answering({ '/': { status: 200, body: 'Welcome to nginx!' } }))
    const message = (await failureOf(detectEngine(root.url))).message
    expect(message).toContain('/v1/models answered 404: Not Found; GET ')
    expect(message).toContain('with "Welcome to nginx!"')
  })

  test('llama-server that still loads', async () => {
    const loading = { status: 503, body: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } } }
    await using server = await serveAnswers(answering({ '/v1/models': loading }))
    const failure = await failureOf(detectEngine(server.url))
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toContain('answered 503: Loading model. It may still be loading its model')
  })
})

describe('the engine that was asked for', () => {
  const url = 'http://127.0.0.1:11434'

  test('is another one than the one that answers', () => {
    const check = () => checkEngine(url, 'vllm', { engine: 'ollama', version: '0.17.4' })
    expect(check).toThrow(BadInputError)
    expect(check).toThrow(`${url} is Ollama 0.17.4, not vLLM: use PERF_ENGINE=ollama, or leave PERF_ENGINE out.`)
    expect(() => checkEngine(url, 'ollama', { engine: 'openai', version: 'unknown' })).toThrow(
      `${url} is an OpenAI-compatible server, not Ollama: use PERF_ENGINE=openai`,
    )
    expect(() => checkEngine(url, 'vllm', { engine: 'embedded', version: 'x' })).toThrow('use PERF_ENGINE=llama-server')
  })

  test.for([
    [null, 'vllm'],
    ['vllm', 'vllm'],
    ['openai', 'ollama'],
    ['openai', 'openai'],
    ['llama-server', 'embedded'],
  ] as const)('%s passes for %s', ([wanted, engine]) => {
    checkEngine(url, wanted, { engine, version: 'unknown' })
  })
})
