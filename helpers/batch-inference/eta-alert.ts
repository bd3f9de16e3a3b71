import { etaInWords, etaOf } from '../capacity/index.ts'

export interface EtaAlertOptions {
  /** What runs, for people: `sla-256x4`. */
  name: string
  /** Requests of the whole batch. */
  total: number
  windowMs: number
  /** Takes the alert, one line. */
  tell: (line: string) => void
}

/** Says once that a running batch will miss its window, as soon as that is known. */
export class EtaAlert {
  readonly #options: EtaAlertOptions
  #line: string | null = null

  constructor(options: EtaAlertOptions) {
    this.#options = options
  }

  /** What was said; null while there is nothing to say. */
  get line(): string | null {
    return this.#line
  }

  observe(progress: { done: number; inFlight: number; elapsedMs: number }): void {
    if (this.#line !== null) return
    const { name, total, windowMs, tell } = this.#options
    const eta = etaOf({ ...progress, total, windowMs })
    if (eta.state !== 'will miss') return
    this.#line = `${name} ${etaInWords(eta)}`
    tell(`ALERT  ${this.#line}`)
  }
}
