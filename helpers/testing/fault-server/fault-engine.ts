import { monotonicMs } from '../../clock.ts'
import type { HttpConnection, HttpRequest } from './http-connection.ts'
import type { Ledger, LedgerEntry } from './ledger.ts'
import { type FaultSettings, mergeSettings, type SettingsChange } from './settings.ts'
import { planStream, type StreamPlan } from './stream-plan.ts'
import { TimerWheel } from './timer-wheel.ts'

interface Work {
  entry: LedgerEntry
  request: HttpRequest
  connection: HttpConnection
}

export const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0

/** The engine behind the HTTP dialect: slots, a queue, counters, a model that can go away, and everything that goes wrong. */
export class FaultEngine {
  settings: FaultSettings
  modelState: 'loaded' | 'loading' | 'unloaded' = 'loaded'
  instance = 1
  readonly counters = { promptTokens: 0, predictedTokens: 0, decodes: 0 }
  readonly #wheel = new TimerWheel()
  readonly #entries: LedgerEntry[] = []
  readonly #waiting: Work[] = []
  readonly #leaked: Buffer[] = []
  #running = 0
  #received = 0
  #ended = 0
  #reloadIsDue = false
  #isStarting = false

  constructor(settings: FaultSettings) {
    this.settings = settings
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting.length
  }

  change(change: SettingsChange): void {
    this.settings = mergeSettings(this.settings, change)
    this.#startWaiting()
  }

  ledger(connections: number): Ledger {
    return { entries: this.#entries, instance: this.instance, connections, pid: process.pid }
  }

  /** Takes a completion request. Only noted here: the work is left for later, so that requests behind it are stamped on time. */
  accept(request: HttpRequest, connection: HttpConnection): void {
    const n = ++this.#received
    const { fault } = this.settings
    const entry: LedgerEntry = {
      n,
      id: decodeURIComponent(request.requestId),
      path: request.path,
      receivedAtMs: request.receivedAtMs,
      writtenAtMs: [],
      promptTokens: 0,
      completionTokens: 0,
      fault: fault !== null && n % fault.every === 0 ? fault.kind : null,
      outcome: 'running',
    }
    this.#entries.push(entry)
    this.#waiting.push({ entry, request, connection })
    this.#startWaiting()
  }

  load(): void {
    if (this.modelState !== 'unloaded') return
    this.instance++
    this.modelState = 'loaded'
    this.#startWaiting()
  }

  unload(): void {
    this.modelState = 'unloaded'
    Object.assign(this.counters, { promptTokens: 0, predictedTokens: 0, decodes: 0 })
  }

  /** Away for a while, then back as another instance with its counters at 0. Requests wait meanwhile. */
  reload(pauseMs: number): void {
    this.unload()
    this.#wheel.at(monotonicMs() + pauseMs / 2, () => {
      this.modelState = 'loading'
    })
    this.#wheel.at(monotonicMs() + pauseMs, () => {
      this.modelState = 'unloaded'
      this.load()
    })
  }

  /** Starts what may start, one request a turn of the event loop: reads that are waiting get their stamps in between. */
  #startWaiting(): void {
    if (this.#isStarting || !this.#mayStart()) return
    this.#isStarting = true
    setImmediate(() => {
      this.#isStarting = false
      const work = this.#mayStart() ? this.#waiting.shift() : undefined
      if (work === undefined) return
      this.#start(work)
      this.#startWaiting()
    })
  }

  #mayStart(): boolean {
    const { slots } = this.settings
    const hasSlot = slots === null || this.#running < slots
    return this.#waiting.length > 0 && hasSlot && this.modelState === 'loaded' && !this.#reloadIsDue
  }

  #start(work: Work): void {
    const { entry, connection } = work
    if (connection.socket.destroyed) {
      entry.outcome = 'client gone'
      return
    }
    this.#running++
    const { leakBytesPerRequest, slots, stream, ttftMs } = this.settings
    // Filled with ones: pages that are never written to do not count as memory.
    if (leakBytesPerRequest > 0) this.#leaked.push(Buffer.alloc(leakBytesPerRequest, 1))
    const startMs = slots === null ? entry.receivedAtMs : monotonicMs()
    // Laid out when the first byte is due, not at once: requests that come meanwhile are stamped on time.
    const firstMs = stream.earlyRole ? 0 : ttftMs * this.#slowness(entry.n)
    if (firstMs > 0) this.#wheel.at(startMs + firstMs, () => this.#answer(work, startMs))
    else this.#answer(work, startMs)
  }

  #answer({ entry, request, connection }: Work, startMs: number): void {
    const plan = this.#plan(entry, request, connection)
    if (plan === null) this.#release()
    else this.#run(plan, entry, connection, startMs)
  }

  #slowness(n: number): number {
    const { slowdown } = this.settings
    return slowdown === null ? 1 : slowdown.factor ** Math.floor((n - 1) / slowdown.everyRequests)
  }

  /** Null when the request was answered already, with an error. */
  #plan(entry: LedgerEntry, request: HttpRequest, connection: HttpConnection): StreamPlan | null {
    const dialect = request.path.startsWith('/api/') ? 'ollama' : 'llama-server'
    const refuse = (status: number, type: string, message: string) => {
      entry.outcome = entry.fault === null ? 'finished' : 'broken on purpose'
      connection.reply(status, { error: dialect === 'ollama' ? message : { code: status, message, type } })
      return null
    }
    if (entry.fault === 'http-500') return refuse(500, 'server_error', 'Compute error.')
    const body = parseBody(request.body)
    if (body === null) return refuse(400, 'invalid_request_error', 'the body is not a JSON object')
    if (body.stream !== true) return refuse(400, 'invalid_request_error', 'this server only streams')
    const { max_tokens, max_completion_tokens, n_predict, options } = body
    const maxTokens = Number(max_tokens ?? max_completion_tokens ?? n_predict ?? numPredict(options) ?? 16)
    entry.promptTokens = countPrompt(body)
    const plan = planStream({
      id: `chatcmpl-${String(entry.n).padStart(12, '0')}`,
      dialect,
      isChat: request.path.includes('/chat'),
      promptTokens: entry.promptTokens,
      maxTokens,
      fault: entry.fault,
      slowness: this.#slowness(entry.n),
      settings: this.settings,
    })
    entry.completionTokens = plan.completionTokens
    return plan
  }

  #run(plan: StreamPlan, entry: LedgerEntry, connection: HttpConnection, startMs: number): void {
    const { socket } = connection
    let isOver = false
    const end = (outcome: LedgerEntry['outcome']) => {
      if (isOver) return
      isOver = true
      socket.off('close', gone)
      entry.outcome = outcome
      this.counters.promptTokens += entry.promptTokens
      this.#release()
    }
    const gone = () => end(entry.fault === null ? 'client gone' : 'broken on purpose')
    socket.on('close', gone)
    if (socket.destroyed) {
      gone()
      return
    }
    let step = plan.steps.next()
    const advance = () => {
      while (!isOver && step.done !== true) {
        const { afterMs, bytes, tokens } = step.value
        const dueMs = startMs + afterMs
        const nowMs = monotonicMs()
        if (dueMs > nowMs) return this.#wheel.at(dueMs, advance)
        for (let i = 0; i < tokens; i++) entry.writtenAtMs.push(nowMs)
        this.counters.predictedTokens += tokens
        const hasRoom = socket.write(bytes)
        step = plan.steps.next()
        if (!hasRoom) {
          socket.once('drain', advance)
          return
        }
      }
      if (isOver) return
      // Nothing more is written; the request ends when the client gives up.
      if (plan.ending === 'hang') return
      end(entry.fault === null ? 'finished' : 'broken on purpose')
      if (plan.ending === 'reset') socket.resetAndDestroy()
      else connection.done()
    }
    advance()
  }

  #release(): void {
    this.#running--
    this.#ended++
    const { reload } = this.settings
    if (reload !== null && this.#ended % reload.everyRequests === 0) this.#reloadIsDue = true
    if (this.#reloadIsDue && this.#running === 0 && reload !== null) {
      this.#reloadIsDue = false
      this.reload(reload.pauseMs)
    }
    this.#startWaiting()
  }
}

function parseBody(bytes: Buffer): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(bytes.toString())
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : null
  } catch {
    // The caller answers 400.
    return null
  }
}

/** Ollama's place for the output length. */
const numPredict = (options: unknown): unknown =>
  typeof options === 'object' && options !== null && 'num_predict' in options ? options.num_predict : undefined

function countPrompt(body: Record<string, unknown>): number {
  if (typeof body.prompt === 'string') return countWords(body.prompt)
  if (!Array.isArray(body.messages)) return 0
  return body.messages.reduce((sum, message) => sum + countWords(String(message?.content ?? '')), 0)
}
