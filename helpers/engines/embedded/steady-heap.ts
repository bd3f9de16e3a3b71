const idleMs = 25

/**
 * Collects garbage at chosen moments: when nothing runs, and when enough has piled up meanwhile. V8 alone lets its heap
 * rise for a thousand requests before it is flat, and does not know of the native memory that dead objects hold: a
 * measurement of memory would take both for a leak. Needs `--expose-gc`, and does nothing without it.
 */
export class SteadyHeap {
  readonly #limitBytes: number
  #garbageBytes = 0
  #running = 0
  #timer: NodeJS.Timeout | undefined

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** A request came. */
  enter(): void {
    this.#running++
    clearTimeout(this.#timer)
  }

  /** A request ended, and leaves about so much behind. */
  leave(garbageBytes: number): void {
    this.#running--
    this.#garbageBytes += garbageBytes
    if (this.#garbageBytes >= this.#limitBytes) this.#collect()
    else if (this.#running === 0) this.#timer = setTimeout(this.#collect, idleMs).unref()
  }

  readonly #collect = (): void => {
    this.#garbageBytes = 0
    globalThis.gc?.()
  }
}
