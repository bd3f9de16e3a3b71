/** Aborts its signal when the time is over; the time begins anew with every refresh. */
export class TimeLimit implements Disposable {
  readonly limitMs: number
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(limitMs: number) {
    this.limitMs = limitMs
    this.#timer = setTimeout(() => this.#controller.abort(), limitMs)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get isOver(): boolean {
    return this.#controller.signal.aborted
  }

  refresh(): void {
    if (!this.isOver) this.#timer.refresh()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}
