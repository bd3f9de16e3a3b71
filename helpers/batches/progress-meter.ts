import { monotonicMs } from '../clock.ts'

export interface Progress {
  done: number
  total: number
  /** Over the last seconds, not since the start. */
  ratePerSecond: number
  note: string
}

const WINDOW_MS = 5000

/** Counts finished requests and knows how fast they come. */
export class ProgressMeter {
  readonly #total: number
  readonly #report: (progress: Progress) => void
  /** When the requests of the last seconds ended, oldest first. */
  readonly #recentMs: number[] = []
  #done = 0

  constructor(total: number, report: (progress: Progress) => void) {
    this.#total = total
    this.#report = report
  }

  count(requests: number, note: string): void {
    const nowMs = monotonicMs()
    this.#done += requests
    for (let i = 0; i < requests; i++) this.#recentMs.push(nowMs)
    while ((this.#recentMs[0] ?? nowMs) < nowMs - WINDOW_MS) this.#recentMs.shift()
    const spanMs = nowMs - (this.#recentMs[0] ?? nowMs)
    const ratePerSecond = spanMs > 0 ? (1000 * (this.#recentMs.length - 1)) / spanMs : 0
    this.#report({ done: this.#done, total: this.#total, ratePerSecond, note })
  }
}
