import type { LlamaContext, LlamaContextSequence, Token } from 'node-llama-cpp'

/** Work that needs a slot: it starts when one is free, in the order of arrival. */
export interface SlotJob {
  readonly id: number
  readonly tokens: Token[]
  readonly cachePrompt: boolean
  /** Set when the client is gone: the job ends at its next token. */
  cancelled: boolean
  /** Never rejects. */
  run(slot: Slot): Promise<void>
}

/** One of the sequences that the context evaluates together. It keeps the tokens of its last request. */
export interface Slot {
  readonly id: number
  readonly sequence: LlamaContextSequence
  job: SlotJob | undefined
  lastUsed: number
}

/**
 * Hands requests to slots. A request goes to the free slot that shares the longest prefix with it, of equal ones to that
 * which was idle longest; the others wait, first come, first served. Nothing is kept beside what the slots hold.
 */
export class SlotPool {
  readonly slots: readonly Slot[]
  readonly #queue: SlotJob[] = []
  #uses = 0

  constructor(context: LlamaContext) {
    this.slots = Array.from({ length: context.totalSequences }, (_, id) => ({
      id,
      sequence: context.getSequence(),
      job: undefined,
      lastUsed: 0,
    }))
  }

  get processing(): number {
    return this.slots.filter(slot => slot.job).length
  }

  get deferred(): number {
    return this.#queue.length
  }

  submit(job: SlotJob): void {
    this.#queue.push(job)
    this.#dispatch()
  }

  /** A job that waits is dropped at once, one that runs is told to stop; an unknown one has ended already. */
  cancel(id: number): void {
    const waiting = this.#queue.findIndex(job => job.id === id)
    if (waiting >= 0) this.#queue.splice(waiting, 1)
    const running = this.slots.find(slot => slot.job?.id === id)?.job
    if (running) running.cancelled = true
  }

  #dispatch(): void {
    while (this.#queue[0]) {
      const slot = this.#bestFreeSlot(this.#queue[0])
      if (!slot) return
      const job = this.#queue.shift()
      if (job) void this.#run(slot, job)
    }
  }

  async #run(slot: Slot, job: SlotJob): Promise<void> {
    slot.job = job
    await job.run(slot)
    slot.job = undefined
    slot.lastUsed = ++this.#uses
    this.#dispatch()
  }

  #bestFreeSlot(job: SlotJob): Slot | undefined {
    const free = this.slots.filter(slot => !slot.job).sort((a, b) => a.lastUsed - b.lastUsed)
    if (!job.cachePrompt || free.length < 2) return free[0]
    const prefixes = free.map(slot => slot.sequence.compareContextTokens(job.tokens).firstDifferentIndex)
    return free[prefixes.indexOf(Math.max(...prefixes))]
  }
}
