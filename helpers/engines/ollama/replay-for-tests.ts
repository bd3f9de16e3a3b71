import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { absent } from '../../measured.ts'
import { processIdentity } from '../../processes/index.ts'
import old from './ollama-0.17.4.data.json' with { type: 'json' }
import recent from './ollama-0.33.0-rc2.data.json' with { type: 'json' }

/** What both generations answered, recorded from the real programs. */
export const generations = [old, recent]
export type Recording = (typeof generations)[number]

interface Answer {
  status: number
  body: unknown
}

/** In place of a route's own answer; undefined leaves it. */
export type Override = (method: string, path: string, body: Record<string, unknown>) => Answer | undefined

interface Runner {
  pid: number
  kill(): Promise<void>
}

export interface Replay extends AsyncDisposable {
  url: string
  /** `POST /api/create` and so on, in order, with the bodies that were JSON. */
  seen: { route: string; body: Record<string, unknown>; authorization: string | undefined }[]
  models: Set<string>
  loaded: Set<string>
  /** Stands for the process of the model that was loaded first: its command line is the recorded one. */
  readonly runner: Runner | undefined
}

/**
 * A server that gives a real Ollama's recorded answers under the names that it is asked for: it knows which models were
 * created and which are loaded, and it has a child process for each that is.
 */
export async function replayOllama(recording: Recording, override: Override = () => undefined): Promise<Replay> {
  const { answers } = recording
  const blobs = new Set<string>()
  const models = new Set<string>()
  const loaded = new Set<string>()
  const seen: Replay['seen'] = []
  const runners = new Map<string, Runner>()
  const missing = (name: unknown): Answer => ({
    status: 404,
    body: { error: answers.loadMissing.body.error.replace('nope', String(name)) },
  })
  // Every model has weights of its own.
  const withWeightsOf = (name: string, text: unknown): unknown =>
    JSON.parse(
      JSON.stringify(text).replaceAll(/sha256-\w{64}/g, `sha256-${createHash('sha256').update(name).digest('hex')}`),
    )
  const words = (name: string) => z.array(z.string()).parse(withWeightsOf(name, answers.processes[1]?.slice(1)))
  const under = (name: string, text: unknown): unknown =>
    JSON.parse(JSON.stringify(text).replaceAll(recording.model, name))
  const listed = (names: Set<string>, [entry]: object[]): Answer => ({
    status: 200,
    body: { models: [...names].map(name => under(name, entry)) },
  })
  const replay: Replay = {
    url: '',
    seen,
    models,
    loaded,
    get runner() {
      return [...runners.values()][0]
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...runners.values()].map(runner => runner.kill()))
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  const generate = async (body: Record<string, unknown>): Promise<Answer> => {
    const name = String(body.model)
    if (!models.has(name)) return missing(name)
    if (body.keep_alive === 0) {
      loaded.delete(name)
      // Later than /api/ps says, as the real one.
      setTimeout(() => void runners.get(name)?.kill(), 100)
      return answers.unload
    }
    loaded.add(name)
    if (!runners.has(name)) runners.set(name, await startRunner(words(name)))
    if (body.prompt === undefined) return answers.load
    return String(body.prompt).length > 1024 ? answers.countTooLong : answers.count
  }

  const answer = async (method: string, path: string, raw: Buffer): Promise<Answer> => {
    const body = JSON.parse(raw[0] === 0x7b ? raw.toString() : '{}')
    const digest = path.split('sha256:')[1]
    if (method === 'HEAD') return blobs.has(digest ?? '') ? answers.blobExists : answers.blobMissing
    if (path.startsWith('/api/blobs/')) {
      if (createHash('sha256').update(raw).digest('hex') !== digest) return answers.blobMismatch
      blobs.add(digest)
      return { status: 201, body: null }
    }
    switch (path) {
      case '/api/version':
        return answers.version
      case '/api/tags':
        return listed(models, answers.tags.body.models)
      case '/api/ps':
        return listed(loaded, answers.ps.body.models)
      case '/api/show':
        return models.has(body.model)
          ? { status: 200, body: withWeightsOf(body.model, answers.show.body) }
          : missing(body.model)
      case '/api/create':
        if (!Object.values(body.files).every(file => blobs.has(String(file).replace('sha256:', ''))))
          return answers.createNoBlob
        if (!/^[\w./-]+:[\w.-]+$/.test(body.model)) return answers.createBadName
        models.add(body.model)
        return answers.create
      case '/api/generate':
        return await generate(body)
      case '/api/pull':
        return answers.pull
      case '/api/delete':
        return models.delete(body.model) ? answers.delete : missing(body.model)
    }
    return { status: 404, body: '404 page not found' }
  }

  const server = createServer(async (request: IncomingMessage, response) => {
    const raw = await buffer(request)
    const [method = '', path = ''] = [request.method, request.url]
    const body = raw[0] === 0x7b ? JSON.parse(raw.toString()) : {}
    seen.push({ route: `${method} ${path}`, body, authorization: request.headers.authorization })
    const { status, body: given } = override(method, path, body) ?? (await answer(method, path, raw))
    response.statusCode = status
    if (Array.isArray(given)) response.end(given.map(line => `${JSON.stringify(line)}\n`).join(''))
    else response.end(given === null ? '' : JSON.stringify(given))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no address')
  replay.url = `http://127.0.0.1:${address.port}`
  return replay
}

async function startRunner(flags: string[]): Promise<Runner> {
  const program = ['-e', 'console.log("up"); setInterval(() => {}, 1000)', '--']
  const child = spawn(process.execPath, [...program, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  if (child.pid === undefined) throw new Error('the process of a model was not started')
  return {
    pid: child.pid,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** As residency tells it. */
export function instanceOf(pid: number | undefined) {
  const identity = pid === undefined ? absent('no process') : processIdentity(pid)
  if (identity.state === 'absent') return identity
  return { state: 'measured', value: `${pid}:${identity.value.startTicks}` }
}
