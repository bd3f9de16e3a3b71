import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tinyModel } from '../../models/index.ts'
import type { Engine, ModelFile } from '../engine.ts'
import { startEmbeddedEngine } from './start-embedded-engine.ts'

/** For tests: a real engine on one thread, and whole models of about 1 MB to give to it. */
export interface TestEngine extends AsyncDisposable {
  engine: Engine
  /** The same file under two names is two models to an engine. */
  model(name: string): ModelFile
  /** One whose answers end by themselves after some tens of tokens. */
  endingModel(name: string): Promise<ModelFile>
}

export async function startTestEngine(): Promise<TestEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'embedded-engine-'))
  const removeFiles = (): Promise<void> => rm(directory, { recursive: true, force: true })
  try {
    const storage = { directory, limitBytes: 1e9 }
    const file = await tinyModel({ family: 'llama', quantisation: 'f16' }, storage)
    const engine = await startEmbeddedEngine({ threads: 1, gpu: false })
    return {
      engine,
      model: name => ({ name, path: file.path, bytes: file.bytes }),
      async endingModel(name) {
        const { path, bytes } = await tinyModel({ family: 'qwen2', quantisation: 'q8_0', endOfSequence: true }, storage)
        return { name, path, bytes }
      },
      async [Symbol.asyncDispose]() {
        await engine.stop()
        await removeFiles()
      },
    }
  } catch (error) {
    await removeFiles()
    throw error
  }
}

/** The same engine with some of its methods in other words. */
export function withMethods(engine: Engine, methods: Partial<Engine>): Engine {
  return new Proxy(engine, {
    get(target, name) {
      const own: unknown = Reflect.get(methods, name)
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Takes a keep-alive and keeps every model for ever, where the engine refuses it. */
export const deafToKeepAlive = (engine: Engine): Engine =>
  withMethods(engine, { load: (model, options) => engine.load(model, { ...options, keepAlive: 'forever' }) })

/** A control request; `body` makes it a POST. */
export async function call(
  engine: Engine,
  path: string,
  body?: object | string,
): Promise<{ status: number; contentType: string | null; text: string; json: unknown }> {
  const response = await fetch(engine.identity.url + path, postOf(body))
  const text = await response.text()
  const json = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null
  return { status: response.status, contentType: response.headers.get('content-type'), text, json }
}

export interface StreamedAnswer {
  status: number
  contentType: string | null
  /** Parsed, but for `[DONE]` and for what is no event at all. */
  events: unknown[]
}

/** A streamed completion, read to its end. `onEvent` hears of each event when it has arrived. */
export async function stream(
  engine: Engine,
  path: string,
  body: object,
  options: { signal?: AbortSignal; onEvent?: (count: number) => void } = {},
): Promise<StreamedAnswer> {
  const response = await fetch(engine.identity.url + path, {
    ...postOf({ stream: true, ...body }),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const events: unknown[] = []
  let rest = ''
  const take = (text: string): void => {
    if (text === '') return
    const data = text.startsWith('data: ') ? text.slice(6) : text
    events.push(data.startsWith('{') ? JSON.parse(data) : data)
    options.onEvent?.(events.length)
  }
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const parts = (rest + text).split('\n\n')
    rest = parts.pop() ?? ''
    for (const part of parts) take(part)
  }
  take(rest.trim())
  return { status: response.status, contentType: response.headers.get('content-type'), events }
}

function postOf(body: object | string | undefined): RequestInit {
  if (body === undefined) return {}
  return { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }
}

export interface Usage {
  prompt_tokens: number
  completion_tokens: number
  prompt_tokens_details: { cached_tokens: number }
}

export function usageOf({ events }: StreamedAnswer): Usage {
  const found = events.find(event => typeof event === 'object' && event !== null && 'usage' in event)
  if (!found) throw new Error(`no usage in the stream: ${JSON.stringify(events.slice(-3))}`)
  return (found as { usage: Usage }).usage
}

/** Asks until the answer is as wanted; the test's own timeout ends it. */
export async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (wanted(answer)) return answer
  }
}
