import { absent, type Measured } from '../measured.ts'
import type { ModelBackend } from './model-backend.ts'

/** For tests: a backend whose loads and unloads end when the test says so, and what it was asked for, in order. */
export class FakeBackend implements ModelBackend {
  readonly estimatedBytes: ReadonlyMap<string, number>
  /** `load a`, `unload a`. */
  readonly asked: string[] = []
  readonly #open = new Map<string, PromiseWithResolvers<Measured>>()

  constructor(estimatedBytes: Record<string, number>) {
    this.estimatedBytes = new Map(Object.entries(estimatedBytes))
  }

  load(name: string): Promise<Measured> {
    return this.#ask(`load ${name}`)
  }

  async unload(name: string): Promise<void> {
    await this.#ask(`unload ${name}`)
  }

  /** What is under way. */
  get open(): string[] {
    return [...this.#open.keys()]
  }

  /** Ends what is under way; `bytes` is what a loaded model was measured to take. */
  async end(what: string, bytes: Measured = absent('nobody measures it')): Promise<void> {
    this.#take(what).resolve(bytes)
    await settled()
  }

  async fail(what: string, error: Error): Promise<void> {
    this.#take(what).reject(error)
    await settled()
  }

  #ask(what: string): Promise<Measured> {
    if (this.#open.has(what)) throw new Error(`${what} is asked for while it is under way`)
    const deferred = Promise.withResolvers<Measured>()
    this.asked.push(what)
    this.#open.set(what, deferred)
    return deferred.promise
  }

  #take(what: string): PromiseWithResolvers<Measured> {
    const deferred = this.#open.get(what)
    if (deferred === undefined) throw new Error(`${what} is not under way; ${this.open.join(', ') || 'nothing'} is`)
    this.#open.delete(what)
    return deferred
  }
}

/** Everything that follows from what has happened has happened: timers and input apart. */
export const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** A backend that does at once what it is asked for. */
export function instantBackend(bytes: Record<string, number>): ModelBackend & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    estimatedBytes: new Map(Object.entries(bytes)),
    async load(name) {
      asked.push(`load ${name}`)
      return absent('nobody measures it')
    },
    async unload(name) {
      asked.push(`unload ${name}`)
    },
  }
}
