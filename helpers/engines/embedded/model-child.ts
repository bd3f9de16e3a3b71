import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { siblingModule } from '../../sibling-module.ts'
import { HttpError, serverError } from './http-error.ts'
import type {
  Answers,
  FinishReason,
  FromModel,
  GenerationRequest,
  ModelFacts,
  ModelProcessOptions,
  Question,
  Timings,
  ToModel,
} from './protocol.ts'

/** What becomes of one generation. Exactly one of done, refused and lost comes last. */
export interface GenerationListener {
  token(text: string): void
  done(finishReason: FinishReason, timings: Timings): void
  refused(error: HttpError): void
  /** The process ended while the request was with it. */
  lost(): void
}

/**
 * Keeps the process small and steady: a few MB of young generation whatever the load, and no arena for each of libuv's
 * threads, so that its memory shows the model and not the garbage collector.
 */
const steadyNode = [
  '--expose-gc',
  '--max-semi-space-size=2',
  '--max-old-space-size=512',
  '--disable-warning=ExperimentalWarning',
]
const steadyAllocator = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' }

/** The process of one loaded model, as the server sees it. */
export class ModelChild {
  readonly options: ModelProcessOptions
  /** Rejects with an HttpError if the process ends before the model is loaded. */
  readonly ready: Promise<ModelFacts>
  /** Exit code, 128 + signal's number where a signal ended it. */
  readonly exited: Promise<number>
  facts: ModelFacts | undefined
  readonly #process: ChildProcess
  readonly #generations = new Map<number, GenerationListener>()
  readonly #questions = new Map<number, PromiseWithResolvers<unknown>>()
  #nextId = 1
  #ended = false

  constructor(options: ModelProcessOptions) {
    this.options = options
    const script = fileURLToPath(siblingModule(import.meta.url, 'model-process'))
    this.#process = spawn(process.execPath, [...steadyNode, script, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...steadyAllocator },
    })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', line => this.#log(line))
    }
    this.exited = once(this.#process, 'exit').then(
      ([code, signal]) => this.#end(code, signal),
      error => {
        this.#log(String(error))
        return this.#end(null, null)
      },
    )
    const ready = Promise.withResolvers<ModelFacts>()
    this.ready = ready.promise
    // Whoever waits for it sees the failure; where nobody does, the model's status tells.
    this.ready.catch(() => {})
    this.#process.on('message', (message: FromModel) => {
      if (message.type === 'ready') {
        this.facts = message.facts
        ready.resolve(message.facts)
      } else this.#receive(message)
    })
    void this.exited.then(() => ready.reject(serverError(`model '${options.name}' failed to load`)))
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** The arguments of the process, for people. */
  get args(): string[] {
    return this.#process.spawnargs
  }

  /** Returns what cancels it; the listener hears nothing more then. */
  generate(request: GenerationRequest, listener: GenerationListener): () => void {
    const id = this.#nextId++
    if (this.#ended) {
      listener.lost()
      return () => {}
    }
    this.#generations.set(id, listener)
    this.#send({ type: 'generate', id, request })
    return () => {
      if (this.#generations.delete(id)) this.#send({ type: 'cancel', id })
    }
  }

  async ask<K extends Question['kind']>(question: Question & { kind: K }): Promise<Answers[K]> {
    if (this.#ended) throw proxyError()
    const id = this.#nextId++
    const pending = Promise.withResolvers<unknown>()
    this.#questions.set(id, pending)
    this.#send({ type: 'ask', id, question })
    return (await pending.promise) as Answers[K]
  }

  /** Ends the process, which frees everything; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.exited
  }

  #send(message: ToModel): void {
    // A channel that just broke is told by `exit`, which settles whatever was asked.
    if (this.#process.connected) this.#process.send(message, () => {})
  }

  #receive(message: Exclude<FromModel, { type: 'ready' }>): void {
    if (message.type === 'tokens') {
      this.#receiveTokens(message.pieces)
      return
    }
    const listener = this.#generations.get(message.id)
    this.#generations.delete(message.id)
    const question = this.#questions.get(message.id)
    this.#questions.delete(message.id)
    switch (message.type) {
      case 'done':
        listener?.done(message.finishReason, message.timings)
        return
      case 'refused':
        listener?.refused(new HttpError(message.error))
        question?.reject(new HttpError(message.error))
        return
      case 'answer':
        question?.resolve(message.value)
    }
  }

  #receiveTokens(pieces: (number | string)[]): void {
    for (let i = 0; i < pieces.length; i += 2) {
      this.#generations.get(Number(pieces[i]))?.token(String(pieces[i + 1]))
    }
  }

  #end(code: number | null, signal: NodeJS.Signals | null): number {
    this.#ended = true
    for (const listener of this.#generations.values()) listener.lost()
    for (const question of this.#questions.values()) question.reject(proxyError())
    this.#generations.clear()
    this.#questions.clear()
    return code ?? (signal ? 128 + constants.signals[signal] : 1)
  }

  #log(line: string): void {
    process.stderr.write(`[${this.options.name}] ${line}\n`)
  }
}

export const proxyErrorText = 'proxy error: Failed to read connection'

const proxyError = (): HttpError => serverError(proxyErrorText)
