import { setTimeout as wait } from 'node:timers/promises'
import { absent, type Measured, measured } from '../../measured.ts'

/** A question that takes its time is asked again after ten times as long, so that it costs a tenth of a core at most. */
const REST_FACTOR = 10
/** An answer that hangs is not waited for when the sampler ends. */
const PATIENCE_MS = 2000

/** Asks the same again and again, one question at a time, and keeps the newest answer. */
export class Poll<T> {
  readonly #what: string
  readonly #ask: () => Promise<T>
  readonly #nowMs: () => number
  readonly #periodMs: number
  readonly #gapMs: number
  #latest: Measured<{ atMs: number; value: T }>
  #running: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #answeredMs = Number.NEGATIVE_INFINITY
  #stopped = false

  /**
   * `what` is asked, for people; `periodMs` lies between an answer and the next question, at least, and `gapMs` also where
   * the question is asked for.
   */
  constructor({
    what,
    ask,
    nowMs,
    periodMs,
    gapMs = 0,
  }: { what: string; ask: () => Promise<T>; nowMs: () => number; periodMs: number; gapMs?: number }) {
    this.#what = what
    this.#ask = ask
    this.#nowMs = nowMs
    this.#periodMs = periodMs
    this.#gapMs = gapMs
    this.#latest = absent(`${what} has not answered yet`)
    void this.refresh()
  }

  /** `atMs` is when it was asked. */
  get latest(): Measured<{ atMs: number; value: T }> {
    return this.#latest
  }

  /** Resolves when what was asked up to now is answered. */
  get pending(): Promise<void> {
    return this.#running
  }

  /** Resolves when there is an answer to a question that was asked after this call. Never rejects. */
  refresh(): Promise<void> {
    this.#running = this.#running.then(() => this.#run())
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await Promise.race([this.#running, wait(PATIENCE_MS, undefined, { ref: false })])
  }

  async #run(): Promise<void> {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    const gapMs = this.#answeredMs + this.#gapMs - this.#nowMs()
    if (gapMs > 0) await wait(gapMs)
    if (this.#stopped) return
    const atMs = this.#nowMs()
    try {
      this.#latest = measured({ atMs, value: await this.#ask() })
    } catch (error) {
      this.#latest = absent(`${this.#what} failed: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (this.#stopped) return
    this.#answeredMs = this.#nowMs()
    const costMs = this.#answeredMs - atMs
    this.#timer = setTimeout(() => void this.refresh(), Math.max(this.#periodMs, costMs * REST_FACTOR))
    this.#timer.unref()
  }
}
