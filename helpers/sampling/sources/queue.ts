import { setInterval } from 'node:timers/promises'
import { absent, type Measured, measured } from '../../measured.ts'
import { allAbsent, type Instant, type Sample, type Source } from './source.ts'

const metrics = ['requestsRunning', 'requestsWaiting', 'modelsLoaded'] as const

const PERIOD_MS = 1000
const TIMEOUT_MS = 900
const STALE_MS = 3000

/** Where the engine's own metrics are: its origin, or the full address of its metrics page. */
export interface QueueTarget {
  url: string
  headers: Record<string, string>
}

export interface QueueSource extends Source {
  /** Resolves when the engine was asked once. */
  ready: Promise<void>
  stop(): Promise<void>
}

/**
 * Requests running and waiting and the number of models loaded, asked of the engine over HTTP once a second.
 *
 * /metrics of llama-server (`llamacpp:requests_processing`, `…_deferred`) and of vLLM (`vllm:num_requests_running`,
 * `…_waiting`), summed over labels; where there is no such page, busy slots of llama-server's /slots, which does not
 * tell how many wait. Models: those of /models (else /v1/models) that say `loaded`, or all of a list that has no states,
 * since a server without states lists only what it serves.
 */
export function queueSource(target: QueueTarget | null, nowMs: () => number): QueueSource {
  if (target === null) {
    const sample = allAbsent(metrics, 'no address of engine metrics was given')
    return {
      metrics,
      ready: Promise.resolve(),
      sample: ({ complete }) => (complete ? sample : {}),
      stop: async () => {},
    }
  }
  const stopping = new AbortController()
  let latest: { sample: Sample; atMs: number } | undefined
  let shownMs = Number.NEGATIVE_INFINITY

  const ask = async (): Promise<void> => {
    const sample = await readEngine(target, stopping.signal)
    latest = { sample, atMs: nowMs() }
  }
  const ready = ask()
  const asking = ready.then(async () => {
    // A slow engine is asked less often: there is one question at a time.
    for await (const _ of setInterval(PERIOD_MS, undefined, { signal: stopping.signal, ref: false })) await ask()
  })
  const stopped = asking.catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error
  })

  return {
    metrics,
    ready,
    sample({ atMs, complete }: Instant): Sample {
      if (latest === undefined) return allAbsent(metrics, 'the engine has not answered yet')
      if (atMs - latest.atMs > STALE_MS) {
        return allAbsent(metrics, `the engine has not answered for ${Math.round(atMs - latest.atMs)} ms`)
      }
      if (!complete && latest.atMs === shownMs) return {}
      shownMs = latest.atMs
      return latest.sample
    },
    async stop() {
      stopping.abort()
      await stopped
    },
  }
}

async function readEngine({ url, headers }: QueueTarget, stopping: AbortSignal): Promise<Sample> {
  const get = (address: URL): Promise<Measured<string>> => getText(address, headers, stopping)
  const page = new URL(url)
  if (page.pathname === '/') page.pathname = '/metrics'
  const models = await readModels(page, get)
  const queue = await readQueue(page, models.state === 'measured' ? models.value : [], get)
  return { ...queue, modelsLoaded: models.state === 'measured' ? measured(models.value.length) : models }
}

type Get = (address: URL) => Promise<Measured<string>>

async function readQueue(page: URL, loaded: string[], get: Get): Promise<Sample> {
  const text = await readMetrics(page, loaded, get)
  if (text.state === 'measured') {
    const gauge = (...names: string[]): Measured => {
      const values = names.flatMap(name => gaugeValues(text.value, name))
      if (values.length === 0) return absent(`${page.pathname} has none of ${names.join(', ')}`)
      return measured(values.reduce((sum, value) => sum + value, 0))
    }
    return {
      requestsRunning: gauge('llamacpp:requests_processing', 'vllm:num_requests_running'),
      requestsWaiting: gauge('llamacpp:requests_deferred', 'vllm:num_requests_waiting'),
    }
  }
  const slots = await get(new URL('/slots', page))
  const busy = slots.state === 'measured' ? busySlots(slots.value) : undefined
  if (busy === undefined) return allAbsent(['requestsRunning', 'requestsWaiting'], text.reason)
  return { requestsRunning: measured(busy), requestsWaiting: absent('/slots does not tell how many requests wait') }
}

/** A router has a page for each model and none of its own; asking must not load a model that is gone by now. */
async function readMetrics(page: URL, loaded: string[], get: Get): Promise<Measured<string>> {
  const whole = await get(page)
  if (whole.state === 'measured' || loaded.length === 0) return whole
  const pages = await Promise.all(
    loaded.map(model => {
      const own = new URL(page)
      own.searchParams.set('model', model)
      own.searchParams.set('autoload', 'false')
      return get(own)
    }),
  )
  const texts = pages.flatMap(text => (text.state === 'measured' ? [text.value] : []))
  return texts.length === loaded.length ? measured(texts.join('\n')) : whole
}

/** Values of one metric of Prometheus' text format, one a set of labels. */
function gaugeValues(text: string, name: string): number[] {
  const pattern = new RegExp(`^${name}(?:\\{[^\\n]*\\})?\\s+(\\S+)`, 'gm')
  return [...text.matchAll(pattern)].map(match => Number(match[1])).filter(Number.isFinite)
}

function busySlots(text: string): number | undefined {
  const slots = parseJson(text)
  if (!Array.isArray(slots)) return undefined
  return slots.filter(slot => isRecord(slot) && slot.is_processing === true).length
}

/** Ids of the models that are loaded. */
async function readModels(page: URL, get: Get): Promise<Measured<string[]>> {
  let reason = ''
  for (const path of ['/models', '/v1/models']) {
    const text = await get(new URL(path, page))
    const body = text.state === 'measured' ? parseJson(text.value) : undefined
    if (isRecord(body) && Array.isArray(body.data))
      return measured(body.data.filter(isLoaded).map(model => (isRecord(model) ? String(model.id) : '')))
    reason = text.state === 'absent' ? text.reason : `${path} has no list of models`
  }
  return absent(reason)
}

function isLoaded(model: unknown): boolean {
  if (!isRecord(model) || !isRecord(model.status)) return true
  return model.status.value === 'loaded'
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The callers say what they expected instead.
    return undefined
  }
}

async function getText(
  address: URL,
  headers: Record<string, string>,
  stopping: AbortSignal,
): Promise<Measured<string>> {
  try {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)])
    const response = await fetch(address, { headers, signal })
    const text = await response.text()
    return response.ok ? measured(text) : absent(`${address.pathname} answers with HTTP status ${response.status}`)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return absent(`${address.href} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}
