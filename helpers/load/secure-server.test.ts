import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { CompletionTarget } from '../engines/engine.ts'
import { prepareRequest, type RequestRecord, StreamClient } from './index.ts'
import { selfSignedCertificate } from './testing-certificate.ts'
import { requestOf } from './testing-requests.ts'

const KEY = 'sk-very-secret-0123456789'

/** Two tokens, in the protocol that the path belongs to. */
const answer: RequestListener = (request, response) => {
  request.resume()
  if (request.url === '/api/chat') {
    const line = (content: string, rest: object) => `${JSON.stringify({ message: { content }, ...rest })}\n`
    const last = { done: true, done_reason: 'length', prompt_eval_count: 2, eval_count: 2 }
    response.end(line(' a', { done: false }) + line(' b', { done: false }) + line('', last))
    return
  }
  const event = (delta: object, finish: string | null, rest = {}) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }], ...rest })}\n\n`
  const usage = { usage: { prompt_tokens: 2, completion_tokens: 2 } }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(`${event({ content: ' a' }, null)}${event({ content: ' b' }, 'length', usage)}data: [DONE]\n\n`)
}

async function listening(server: ReturnType<typeof createServer>, scheme: string) {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `${scheme}://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const targetOf = (origin: string, protocol: CompletionTarget['protocol'] = 'openai'): CompletionTarget => ({
  protocol,
  origin,
  chatPath: protocol === 'ollama' ? '/api/chat' : '/v1/chat/completions',
  headers: { authorization: `Bearer ${KEY}` },
  body: { model: 'm' },
})

async function sendTo(target: CompletionTarget): Promise<RequestRecord> {
  await using client = new StreamClient({ target, connections: 1 })
  return await client.send(prepareRequest(requestOf('a', { tokens: 2 }), target), {
    batch: 0,
    chunk: 0,
    scheduledAtMs: 0,
  })
}

describe('a server with a certificate of its own', () => {
  const { certificate, key } = selfSignedCertificate()
  const start = () => listening(createTlsServer({ cert: certificate, key }, answer), 'https')

  test('is not trusted, and the failure says what to do', async () => {
    await using server = await start()
    expect(await sendTo(targetOf(server.origin))).toMatchObject({
      state: 'failed',
      failure: 'connect',
      httpStatus: null,
      message: expect.stringMatching(
        /self-signed certificate.* \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. .*NODE_EXTRA_CA_CERTS/,
      ),
    })
  })

  // Node reads the variable when it starts, so the client is a process of its own.
  test.each(['openai', 'ollama'] as const)('is measured over %s once it is named', async protocol => {
    await using server = await start()
    const directory = await mkdtemp(join(tmpdir(), 'tls-'))
    try {
      await writeFile(join(directory, 'ca.pem'), certificate)
      const script = `
        import { prepareRequest, StreamClient } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
        import { requestOf } from ${JSON.stringify(new URL('./testing-requests.ts', import.meta.url).href)}
        const target = ${JSON.stringify(targetOf(server.origin, protocol))}
        await using client = new StreamClient({ target, connections: 1 })
        const request = prepareRequest(requestOf('a', { tokens: 2 }), target)
        console.log(JSON.stringify(await client.send(request, { batch: 0, chunk: 0, scheduledAtMs: 0 })))`
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem'), NODE_OPTIONS: '' },
      })
      const record: RequestRecord = JSON.parse(stdout)
      expect(record).toMatchObject({
        state: 'completed',
        completionTokens: 2,
        arrivalsMs: [expect.any(Number), expect.any(Number)],
      })
      // Stamped when the read came, not before sending and not at 0.
      expect(record.state === 'completed' && record.ttftMs).toBeGreaterThan(0)
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})

test.each([401, 403])('HTTP %i is told with the server’s message, never with the key', async status => {
  await using server = await listening(
    createServer((request, response) => {
      request.resume()
      const message = `Incorrect API key provided: ${request.headers.authorization?.slice('Bearer '.length)}`
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message } }))
    }),
    'http',
  )
  const record = await sendTo(targetOf(server.origin))
  expect(record).toMatchObject({
    state: 'failed',
    failure: 'http-status',
    httpStatus: status,
    message: `HTTP ${status}: Incorrect API key provided: [redacted]`,
  })
  expect(JSON.stringify(record)).not.toContain(KEY)
})
