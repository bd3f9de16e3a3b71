import { monotonicMs } from '../../clock.ts'

const SLOTS = 1024

/** Runs many callbacks at absolute times, all streams on one timer. Never early; late by a millisecond or two. */
export class TimerWheel {
  readonly #slots: { dueMs: number; run: () => void }[][] = Array.from({ length: SLOTS }, () => [])
  #size = 0
  #doneTick = 0
  #timer: NodeJS.Timeout | null = null

  at(dueMs: number, run: () => void): void {
    if (this.#size === 0) this.#doneTick = Math.floor(monotonicMs())
    // A time that has passed belongs to the next tick, not to a slot that was just emptied.
    const tick = Math.max(Math.ceil(dueMs), this.#doneTick + 1)
    this.#slots[tick % SLOTS]?.push({ dueMs: tick, run })
    this.#size++
    this.#arm()
  }

  #arm(): void {
    if (this.#timer !== null || this.#size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#turn()
      this.#arm()
    }, 1)
  }

  #turn(): void {
    const now = Math.floor(monotonicMs())
    // After a long pause one round is enough to see every slot.
    const from = Math.max(this.#doneTick + 1, now - SLOTS + 1)
    for (let tick = from; tick <= now; tick++) {
      // Advanced first: a callback that schedules for now gets the next tick.
      this.#doneTick = tick
      const slot = this.#slots[tick % SLOTS] ?? []
      if (slot.length === 0) continue
      this.#slots[tick % SLOTS] = slot.filter(entry => entry.dueMs > now)
      for (const entry of slot) {
        if (entry.dueMs > now) continue
        this.#size--
        entry.run()
      }
    }
  }
}
