import { absent, type Measured, measured } from '../../measured.ts'
import { allAbsent, type Sample } from './source.ts'

export const queueMetrics = ['requestsRunning', 'requestsWaiting', 'modelsLoaded'] as const

/** The text of a page, or why there is none; `isFinal` where asking again would bring the same. */
export type Page = Measured<string> & { isFinal?: boolean }

export type GetPage = (address: URL) => Promise<Page>

/** How an engine is asked for its queue, or why there is nothing to ask. */
export type QueuePages =
  | { state: 'found'; read: () => Promise<Sample> }
  | { state: 'none'; sample: Sample; isFinal: boolean }

/**
 * Finds out which pages an engine has by looking at each once. No question loads a model or keeps it loaded.
 *
 * /metrics of llama-server (`llamacpp:requests_processing`, `…_deferred`) and of vLLM (`vllm:num_requests_running`,
 * `…_waiting`), summed over labels; where there is no such page, busy slots of llama-server's /slots, which does not
 * tell how many wait. Models: those of llama-server's and vLLM's list that say `loaded`, or all of a list that has no
 * states, since these list only what they serve; of Ollama those of /api/ps.
 *
 * @param page llama-server's and vLLM's metrics.
 */
export async function findQueuePages(page: URL, get: GetPage): Promise<QueuePages> {
  const at = (path: string): Promise<Page> => get(new URL(path, page))
  const ps = await at('/api/ps')
  if (runningModels(ps) !== null) return { state: 'found', read: async () => readOllama(await at('/api/ps')) }
  const own = await at('/models')
  const listPath = modelList(own) === null ? '/v1/models' : '/models'
  const list = listPath === '/models' ? own : await at(listPath)
  const metrics = await get(page)
  const slots = await at('/slots')
  // A router has neither page of its own, but those of its models.
  const isRouter = modelList(list)?.some(model => isRecord(model.status)) === true
  if (metrics.state === 'measured' || slots.state === 'measured' || isRouter) {
    return { state: 'found', read: async () => readServer(page, loadedModels(await at(listPath), listPath), get) }
  }
  return {
    state: 'none',
    sample: allAbsent(queueMetrics, metrics.reason),
    isFinal: [ps, list, metrics, slots].every(answer => answer.state === 'measured' || answer.isFinal === true),
  }
}

function readOllama(ps: Page): Sample {
  const models = runningModels(ps)
  const none = absent('Ollama has no page of metrics')
  return {
    requestsRunning: none,
    requestsWaiting: none,
    modelsLoaded: models === null ? absent(ps.state === 'absent' ? ps.reason : 'no list of models') : measured(models),
  }
}

async function readServer(page: URL, models: Measured<string[]>, get: GetPage): Promise<Sample> {
  const queue = await readQueue(page, models.state === 'measured' ? models.value : [], get)
  return { ...queue, modelsLoaded: models.state === 'measured' ? measured(models.value.length) : models }
}

async function readQueue(page: URL, loaded: string[], get: GetPage): Promise<Sample> {
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
async function readMetrics(page: URL, loaded: string[], get: GetPage): Promise<Measured<string>> {
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
  const missing = pages.find(text => text.state === 'absent')
  return missing ?? measured(pages.flatMap(text => (text.state === 'measured' ? [text.value] : [])).join('\n'))
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

/** Number of models in Ollama's /api/ps; null for any other page. */
function runningModels(page: Page): number | null {
  const body = page.state === 'measured' ? parseJson(page.value) : undefined
  return isRecord(body) && Array.isArray(body.models) ? body.models.length : null
}

function modelList(page: Page): Record<string, unknown>[] | null {
  const body = page.state === 'measured' ? parseJson(page.value) : undefined
  return isRecord(body) && Array.isArray(body.data) ? body.data.filter(isRecord) : null
}

/** Those who list only what they serve. */
const servers: unknown[] = ['llamacpp', 'vllm']

function loadedModels(page: Page, path: string): Measured<string[]> {
  const list = modelList(page)
  if (list === null) return absent(page.state === 'absent' ? page.reason : `${path} has no list of models`)
  const known = list.filter(model => isRecord(model.status) || servers.includes(model.owned_by))
  if (known.length < list.length) return absent(`${path} lists what can be asked for, which may not be loaded`)
  return measured(
    known.filter(({ status }) => !isRecord(status) || status.value === 'loaded').map(({ id }) => String(id)),
  )
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
