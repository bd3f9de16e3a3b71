import { describe, expect, test } from 'vitest'
import { CouldNotMeasureError } from '../../errors.ts'
import { absent, measured } from '../../measured.ts'
import { type AnsweringServer, answering, type RecordedAnswer, serveAnswers } from '../answering-server.ts'
import recorded from '../embedded/llama-server.data.json' with { type: 'json' }
import { attachedHost } from '../hosts/index.ts'
import { HttpClient } from '../http-client.ts'
import { IdlingLlamaServer } from './idling-llama-server.ts'

const ok = (body: unknown): RecordedAnswer => ({ status: 200, body })
const model = { name: 'tiny', path: '', bytes: 1 }

interface Replay extends AnsweringServer {
  engine: IdlingLlamaServer
  seen: string[]
}

/** A recorded llama-server with a single model; a field of /props tells whether it sleeps. */
async function replay({ asleep, loads }: { asleep: boolean; loads: number }): Promise<Replay> {
  const seen: string[] = []
  const answers = {
    '/props': ok({ ...recorded.props.body, is_sleeping: asleep }),
    '/health': ok({ status: 'ok' }),
    '/metrics': ok(recorded.metrics),
    '/tokenize': ok(recorded.tokenize.body),
  }
  const server = await serveAnswers(answering(answers, seen))
  const engine = new IdlingLlamaServer({
    name: 'llama-server',
    version: 'b1',
    settings: [],
    client: new HttpClient(server.url),
    host: { ...(await attachedHost(server.url, { pid: process.pid })), origin: 'spawned' },
    router: false,
    neverExpires: null,
    hostMemoryGrowsByDesign: null,
    loadSettings: [],
    seesNoImages: null,
    countLoads: () => loads,
  })
  return Object.assign(server, { engine, seen })
}

describe('a server that is awake', () => {
  test('has its model, and its log tells how often it was loaded', async () => {
    await using server = await replay({ asleep: false, loads: 2 })
    expect(await server.engine.residency('tiny')).toMatchObject({
      state: 'loaded',
      instance: measured(expect.stringMatching(/^\d+:\d+$/)),
      loads: measured(2),
    })
    expect(server.seen).not.toContain('POST /tokenize')
  })

  test('does not call it no load when the log tells of none', async () => {
    await using server = await replay({ asleep: false, loads: 0 })
    expect(await server.engine.residency('tiny')).toMatchObject({ loads: absent('its log tells of no load') })
  })

  test('with less context than the workload needs: an error', async () => {
    await using server = await replay({ asleep: false, loads: 1 })
    await server.engine.load(model, { contextTokens: 512, slots: 1 })
    const failure = await server.engine.load(model, { contextTokens: 513, slots: 1 }).catch(error => error)
    expect(failure).toBeInstanceOf(CouldNotMeasureError)
    expect(failure.message).toMatch(/gives a request 512 tokens of context, and this workload needs 513/)
  })
})

describe('a server that sleeps', () => {
  test('has no model, and looking does not wake it', async () => {
    await using server = await replay({ asleep: true, loads: 1 })
    expect(await server.engine.residency('tiny')).toEqual({
      state: 'not loaded',
      detail: 'tiny was unloaded when it was idle',
    })
    expect(server.seen).toEqual(['GET /props'])
  })

  test('is woken by a load', async () => {
    await using server = await replay({ asleep: true, loads: 1 })
    await server.engine.load(model, { contextTokens: 512, slots: 1 })
    expect(server.seen.at(-1)).toBe('POST /tokenize')
  })
})
