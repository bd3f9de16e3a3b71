/**
 * Keeps the running requests in step, so that each batch holds the next token of all of them.
 *
 * Left alone they fall apart: sampled tokens come back one by one, and the library starts the next batch with whatever
 * is queued by then, which halves the batches. So a request asks for its next token only when every token of the batch
 * before has arrived.
 */
export class BatchTurns {
  #outstanding = 0
  #gate = Promise.withResolvers<void>()

  /** A batch starts that will complete so many of the calls made by `take`. */
  started(calls: number): void {
    this.#outstanding += calls
  }

  /** Waits for the batch that runs, then makes a call that ends with a batch of its own. */
  async take<T>(call: () => Promise<T>): Promise<T> {
    while (this.#outstanding > 0) await this.#gate.promise
    try {
      return await call()
    } finally {
      // A call may fail before it got into a batch.
      this.#outstanding = Math.max(0, this.#outstanding - 1)
      // A turn of the event loop later, when the library has left the batch for good.
      if (this.#outstanding === 0) setImmediate(this.#open)
    }
  }

  readonly #open = (): void => {
    if (this.#outstanding > 0) return
    this.#gate.resolve()
    this.#gate = Promise.withResolvers<void>()
  }
}
