/**
 * Sum of counters whose owners come and go (network interfaces, disks, CPUs). It never falls: an owner that leaves keeps
 * what it had, one that joins later counts from where it was first seen, and one that starts again adds nothing then.
 */
export class RisingSum {
  #total = 0
  #last: Map<string, number> | undefined

  add(counters: ReadonlyMap<string, number>): number {
    for (const [owner, count] of counters) {
      const before = this.#last === undefined ? 0 : (this.#last.get(owner) ?? count)
      this.#total += Math.max(0, count - before)
    }
    this.#last = new Map([...(this.#last ?? []), ...counters])
    return this.#total
  }
}
