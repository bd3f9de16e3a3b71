import { BadInputError, EngineStartError } from '../errors.ts'
import type { EngineName } from './engine.ts'
import { engineTitle } from './engine-title.ts'
import { EngineAnswerError, HttpClient } from './http-client.ts'
import { codeOf } from './no-answer.ts'
import { speaksTls } from './speaks-tls.ts'
import { usualPorts } from './usual-ports.ts'

export interface DetectedEngine {
  engine: EngineName
  /** As the server says it; `unknown` where it does not. */
  version: string
}

/** What a server says to a GET. */
type Answer = { state: 'answered'; text: string; json: unknown } | { state: 'refused'; error: EngineAnswerError }

interface Answers {
  root: Answer
  ollamaVersion: Answer
  props: Answer
  version: Answer
  models: Answer
}

/**
 * Which engine answers at a URL, with or without /v1 at its end. Looks only: nothing is loaded or generated, and it takes
 * `timeoutMs` at most (2 s unless said).
 *
 * Ollama says so at /. llama-server and vLLM name themselves as the owners of their models; llama-server's /props and
 * vLLM's /version tell the version. Anything else with a list of models is `openai`.
 *
 * @throws BadInputError for a URL that is none, and for an API key that is missing or not accepted; EngineStartError
 * where nothing answers (nothing listens, an unknown host, TLS, too slow), or something that serves no models. Messages
 * say what to do.
 */
export async function detectEngine(
  url: string,
  { apiKey, timeoutMs = 2000 }: { apiKey?: string; timeoutMs?: number } = {},
): Promise<DetectedEngine> {
  if (!['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) {
    throw new BadInputError(`The engine's URL is ${url}; it must be like http://127.0.0.1:8000 (PERF_ENGINE_URL).`)
  }
  const client = new HttpClient(url, { apiKey, timeoutMs: Math.ceil(timeoutMs * 0.75) })
  const get = (path: string): Promise<Answer> =>
    client.getText(path).then(
      text => ({ state: 'answered', text, json: parseJson(text) }),
      (error: unknown) => {
        if (error instanceof EngineAnswerError) return { state: 'refused', error }
        throw error
      },
    )
  const [root, ollamaVersion, props, version, models] = await Promise.all([
    get('/'),
    get('/api/version'),
    get('/props'),
    get('/version'),
    get('/v1/models'),
  ])
  const answers = { root, ollamaVersion, props, version, models }
  const found = recognise(answers)
  if (found !== null) return found
  throw await whyNone(client.url, answers, timeoutMs * 0.25)
}

/**
 * Refuses to measure another engine than the one that was asked for. The embedded engine passes for llama-server, whose
 * dialect it speaks, and every engine for `openai`: all have those routes.
 *
 * @throws BadInputError naming what answers at the URL, and what to set.
 */
export function checkEngine(url: string, wanted: EngineName | null, found: DetectedEngine): void {
  if (wanted === null || wanted === found.engine || wanted === 'openai') return
  if (wanted === 'llama-server' && found.engine === 'embedded') return
  throw new BadInputError(
    `${url} is ${engineTitle(found.engine, found.version)}, not ${engineTitle(wanted)}: ` +
      `use PERF_ENGINE=${found.engine === 'embedded' ? 'llama-server' : found.engine}, or leave PERF_ENGINE out.`,
  )
}

function recognise({ root, ollamaVersion, props, version, models }: Answers): DetectedEngine | null {
  if (root.state === 'answered' && root.text.startsWith('Ollama is running')) {
    return { engine: 'ollama', version: textIn(ollamaVersion, 'version') }
  }
  const list = models.state === 'answered' ? modelList(models.json) : null
  if (list === null) return null
  const owners = new Set(list.map(model => fieldOf(model, 'owned_by')))
  const build = textIn(props, 'build_info')
  if (owners.has('llamacpp') || build !== unknown) {
    return { engine: build.startsWith('node-llama-cpp') ? 'embedded' : 'llama-server', version: build }
  }
  return { engine: owners.has('vllm') ? 'vllm' : 'openai', version: textIn(version, 'version') }
}

const unknown = 'unknown'

/** Ollama without a model sends null. */
function modelList(json: unknown): unknown[] | null {
  const data = fieldOf(json, 'data')
  if (data === null && fieldOf(json, 'object') === 'list') return []
  return Array.isArray(data) ? data : null
}

function textIn(answer: Answer, field: string): string {
  const value = answer.state === 'answered' ? fieldOf(answer.json, field) : undefined
  return typeof value === 'string' && value !== '' ? value : unknown
}

const fieldOf = (json: unknown, field: string): unknown =>
  typeof json === 'object' && json !== null ? Reflect.get(json, field) : undefined

async function whyNone(url: string, { models, root }: Answers, timeoutMs: number): Promise<Error> {
  if (models.state === 'answered') {
    return noEngine(url, `GET ${url}/v1/models answered with ${beginning(models.text)}`)
  }
  const { error } = models
  if (error.status === 401 || error.status === 403) {
    return new BadInputError(`Cannot measure the server at ${url}: ${error.message}.`, { cause: error })
  }
  if (error.status === 503) {
    const advice = 'It may still be loading its model: wait until it answers, and run again.'
    return new EngineStartError(`The server at ${url} is not ready: ${error.message}. ${advice}`, { cause: error })
  }
  if (error.status !== 0) {
    const page = root.state === 'answered' ? `; GET ${url}/ with ${beginning(root.text)}` : ''
    return noEngine(url, `${error.message}${page}`)
  }
  const advice = await adviceFor(new URL(url), codeOf(error), timeoutMs)
  return new EngineStartError(`No engine answers at ${url}: ${error.message}. ${advice}`, { cause: error })
}

const noEngine = (url: string, seen: string): EngineStartError =>
  new EngineStartError(
    `What answers at ${url} is no LLM server that this suite knows: ${seen}. ` +
      'It must have the routes of Ollama or of OpenAI. Give the URL under which /v1/models is found (PERF_ENGINE_URL).',
  )

const beginning = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line === '' ? 'nothing' : `"${line.length > 80 ? `${line.slice(0, 80)}…` : line}"`
}

async function adviceFor(url: URL, code: string, timeoutMs: number): Promise<string> {
  if (code === 'ECONNREFUSED') {
    const start = usualPorts.find(({ port }) => String(port) === url.port)?.start
    return `Start the server first${start === undefined ? '' : ` (${start})`}, or correct PERF_ENGINE_URL.`
  }
  // A server that wants TLS drops what is no handshake.
  if (url.protocol === 'http:' && !isUnreachable(code) && (await speaksTls(url, timeoutMs))) {
    return 'It speaks TLS: use https:// in place of http:// (PERF_ENGINE_URL).'
  }
  return 'Check PERF_ENGINE_URL, that the server is up, and that no firewall is in between.'
}

const isUnreachable = (code: string): boolean =>
  ['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(code)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The caller shows the text.
    return undefined
  }
}
