import { CouldNotMeasureError } from '../errors.ts'

/** Spreads requests over instances of one model: each goes to the one with the fewest under way, in turn among equals. */
export class Balancer {
  /** The one that was chosen longest ago first. */
  readonly #underWay: Map<string, number>

  /** @throws CouldNotMeasureError without instances. */
  constructor(instances: readonly string[]) {
    if (instances.length === 0) throw new CouldNotMeasureError('Balancing load: there is no instance to send it to.')
    this.#underWay = new Map(instances.map(name => [name, 0]))
  }

  /** Resolves with what `ask` does; the instance is busy with it until then, also when it fails. */
  async send<T>(ask: (instance: string) => Promise<T>): Promise<T> {
    const fewest = Math.min(...this.#underWay.values())
    const instance = this.#underWay.keys().find(name => this.#underWay.get(name) === fewest) ?? ''
    this.#underWay.delete(instance)
    this.#underWay.set(instance, fewest + 1)
    try {
      return await ask(instance)
    } finally {
      this.#underWay.set(instance, (this.#underWay.get(instance) ?? 1) - 1)
    }
  }
}

/** (max − min) / max of what each of several did: 0 when all did alike, 1 when one did nothing. NaN when none did. */
export function unevenness(done: readonly number[]): number {
  const most = Math.max(...done)
  return (most - Math.min(...done)) / most
}
