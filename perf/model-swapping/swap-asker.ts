import type { ChosenModel, Lab } from '../../helpers/index.ts'
import { type RequestRecord, runLoad, slice, syntheticWorkload, type Workload } from '../../helpers/load/index.ts'

/** Asks one model single questions, each for the first time. */
export class Asker {
  readonly #lab: Lab
  readonly #model: ChosenModel
  readonly #workload: Workload
  #asked = 0

  private constructor(lab: Lab, model: ChosenModel, workload: Workload) {
    this.#lab = lab
    this.#model = model
    this.#workload = workload
  }

  /** The prompts have about as many tokens: an engine that counts by answering would be warm before it is asked. */
  static async of(
    lab: Lab,
    model: ChosenModel,
    { promptTokens, outputTokens }: { promptTokens: number; outputTokens: number },
  ): Promise<Asker> {
    const { seeded } = lab.engine.traits
    const workload = { promptTokens, outputTokens, seed: 1, fixedOutput: !model.endsItself, seeded }
    return new Asker(lab, model, await syntheticWorkload(workload))
  }

  /** The model must be loaded. A failed answer is a record too. */
  async ask(): Promise<RequestRecord> {
    const index = this.#asked++
    const { promise, resolve } = Promise.withResolvers<RequestRecord>()
    await runLoad({
      target: this.#lab.engine.target(this.#model.name),
      requests: slice(this.#workload.requests(0), index, index + 1),
      schedule: { kind: 'closed loop', concurrency: 1 },
      batch: 0,
      signal: this.#lab.signal,
      onRecord: resolve,
    })
    return promise
  }
}
