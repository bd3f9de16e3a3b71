import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { answering, closedPort, serveAnswers } from './answering-server.ts'
import { EngineAnswerError, HttpClient } from './http-client.ts'

const failureOf = (request: Promise<unknown>): Promise<EngineAnswerError> =>
  request.then(
    () => expect.unreachable('the request succeeded'),
    error => {
      expect(error).toBeInstanceOf(EngineAnswerError)
      return error
    },
  )

describe('requests', () => {
  test('take a URL with or without /v1, and any 2xx as success', async () => {
    await using server = await serveAnswers(answering({ '/v1/models': { status: 201, body: { data: [] } } }))
    for (const end of ['', '/', '/v1', '/v1/']) {
      expect(await new HttpClient(server.url + end).getJson('/v1/models')).toEqual({ data: [] })
    }
  })

  test('HEAD: there, not there, and neither', async () => {
    const answers = { '/there': { status: 200, body: '' }, '/broken': { status: 500, body: '' } }
    await using server = await serveAnswers(answering(answers))
    const client = new HttpClient(server.url)
    expect(await client.exists('/there')).toBe(true)
    expect(await client.exists('/gone')).toBe(false)
    expect((await failureOf(client.exists('/broken'))).status).toBe(500)
  })

  test('DELETE carries its body', async () => {
    await using server = await serveAnswers(async (request, response) => {
      response.end(JSON.stringify({ method: request.method, body: await text(request) }))
    })
    expect(await new HttpClient(server.url).deleteJson('/api/delete', { model: 'm' })).toEqual({
      method: 'DELETE',
      body: '{"model":"m"}',
    })
  })

  test('a file goes as the body, with its length', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'http-client-'))
    try {
      const file = join(folder, 'blob')
      const content = 'x'.repeat(200_000)
      await writeFile(file, content)
      let got: { length: string | undefined; body: string } | undefined
      await using server = await serveAnswers(async (request, response) => {
        got = { length: request.headers['content-length'], body: await text(request) }
        response.writeHead(201).end()
      })
      const client = new HttpClient(server.url)
      await client.postFile('/api/blobs/sha256:0', file)
      expect(got).toEqual({ length: '200000', body: content })
      await expect(client.postFile('/api/blobs/sha256:0', join(folder, 'none'))).rejects.toThrow('ENOENT')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('an answer line by line', () => {
  test('is read as it comes, cut anywhere', async () => {
    await using server = await serveAnswers((_, response) => {
      response.write('{"status":"pulling')
      response.write(' é"}\n\n{"status":"verify')
      response.end('ing"}')
    })
    const lines: unknown[] = []
    await new HttpClient(server.url).postLines('/api/pull', {}, line => lines.push(line))
    expect(lines).toEqual([{ status: 'pulling é' }, { status: 'verifying' }])
  })

  test('ends with an error at a line that tells of one, under status 200', async () => {
    await using server = await serveAnswers((_, response) =>
      response.end('{"status":"pulling"}\n{"error":"no space left on device"}\n'),
    )
    const lines: unknown[] = []
    const failure = await failureOf(new HttpClient(server.url).postLines('/api/pull', {}, line => lines.push(line)))
    expect(failure.message).toMatch(/^POST http.*\/api\/pull failed: no space left on device$/)
    expect(lines).toHaveLength(1)
  })

  test('ends with an error when it breaks off or goes silent', async () => {
    await using server = await serveAnswers((request, response) => {
      response.write('{"status":"pulling"}\n', () => {
        if (request.url === '/broken') response.destroy()
      })
    })
    const client = new HttpClient(server.url)
    const broken = await failureOf(client.postLines('/broken', {}, () => {}))
    expect(broken).toMatchObject({ status: 0, message: expect.stringContaining('answered 200, then broke off') })
    const silent = await failureOf(client.postLines('/silent', {}, () => {}, { timeoutMs: 50 }))
    expect(silent.message).toContain('nothing came within 0.05 s')
  })
})

describe('limits', () => {
  test("a request's own time limit, in place of the client's", async () => {
    await using server = await serveAnswers(() => {})
    const failure = await failureOf(new HttpClient(server.url).postJson('/load', {}, { timeoutMs: 50 }))
    expect(failure.message).toBe(`POST ${server.url}/load got no answer: nothing came within 0.05 s`)
  })

  test.for(['signal', 'limits'] as const)("the caller's abort throws the caller's reason (given as %s)", async form => {
    const asked = Promise.withResolvers<IncomingMessage>()
    await using server = await serveAnswers(request => asked.resolve(request))
    const caller = new AbortController()
    const reason = new Error('the run was stopped')
    const answer = new HttpClient(server.url).getText(
      '/',
      form === 'signal' ? caller.signal : { signal: caller.signal },
    )
    const request = await asked.promise
    const closed = once(request.socket, 'close')
    caller.abort(reason)
    await expect(answer).rejects.toBe(reason)
    await closed
  })
})

describe('what went wrong, in words', () => {
  test.for([
    ['text', 'plain trouble', 'plain trouble'],
    ["Ollama's error", { error: "model 'x' not found" }, "model 'x' not found"],
    ["OpenAI's error", { error: { message: 'The model `x` does not exist.' } }, 'The model `x` does not exist.'],
  ] as const)('%s', async ([, body, said]) => {
    await using server = await serveAnswers(answering({ '/x': { status: 404, body } }))
    expect(await failureOf(new HttpClient(server.url).getJson('/x'))).toMatchObject({
      status: 404,
      message: `GET ${server.url}/x answered 404: ${said}`,
    })
  })

  test('an API key that is missing or wrong, which is never printed, even when the server repeats it', async () => {
    await using server = await serveAnswers((request, response) => {
      response.writeHead(401).end(JSON.stringify({ error: `Unauthorized: ${request.headers.authorization}` }))
    })
    const without = await failureOf(new HttpClient(server.url).getJson('/x'))
    expect(without.message).toContain('it wants an API key: set PERF_API_KEY')
    const wrong = await failureOf(new HttpClient(server.url, { apiKey: 'sesame' }).getJson('/x'))
    expect(wrong.message).toContain('it does not accept the API key in PERF_API_KEY')
    expect(wrong.message).toContain('Bearer [redacted]')
    expect(JSON.stringify([wrong, wrong.stack])).not.toContain('sesame')
  })

  test('a redirection is not followed', async () => {
    await using server = await serveAnswers((_, response) =>
      response.writeHead(308, { location: 'https://elsewhere/' }).end(),
    )
    const { message } = await failureOf(new HttpClient(server.url).getJson('/x'))
    expect(message).toContain('answered 308: it sends elsewhere, to https://elsewhere/; give that URL instead')
  })

  test('nothing listens; a host that is not known', async () => {
    const port = await closedPort()
    const refused = await failureOf(new HttpClient(`http://127.0.0.1:${port}`).getJson('/x'))
    expect(refused).toMatchObject({ status: 0 })
    expect(refused.message).toContain(`ECONNREFUSED 127.0.0.1:${port} (nothing listens at 127.0.0.1:${port})`)
    const unknown = await failureOf(new HttpClient('http://no-such-host.invalid').getJson('/x'))
    expect(unknown.message).toContain('the name no-such-host.invalid cannot be resolved')
  })

  test('a certificate that is not trusted; TLS where there is none', async () => {
    await using trustless = await serveAnswers(answering({}), { tls: true })
    const untrusted = await failureOf(new HttpClient(trustless.url).getJson('/x'))
    expect(untrusted.message).toContain('NODE_EXTRA_CA_CERTS')
    await using plain = await serveAnswers(answering({}))
    const wrong = await failureOf(new HttpClient(plain.url.replace('http:', 'https:')).getJson('/x'))
    expect(wrong.message).toContain('does not speak TLS: use http:// in place of https://')
  })
})
