/**
 * The line of every start of a model's process, 0.17.4 (`starting runner`) and 0.30 and later (`starting llama-server`).
 * The runner that looks for GPUs has no model. It comes well before the model answers, and once for each load, as
 * `llama runner started in …` does not.
 */
const START = /msg="starting (?:runner|llama-server)" cmd=.*\s--model\s/

/** Counts loads in Ollama's log. */
export class LoadCount {
  #count = 0

  get value(): number {
    return this.#count
  }

  read(line: string): void {
    if (START.test(line)) this.#count += 1
  }
}
