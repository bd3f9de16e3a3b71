import type { FailureKind } from './failure-kind.ts'

export interface CircuitBreakerLimits {
  /** The last so many requests are looked at. */
  window: number
  /** It does not trip before so many have ended. */
  leastRequests: number
  /** It trips when more than this share of the window has failed, 0 to 1. */
  failedShare: number
}

/**
 * Half of the requests, of at least 20: the defaults of Hystrix (requestVolumeThreshold 20, errorThresholdPercentage 50);
 * over the last 100 requests as resilience4j does, since how many end in a second differs by a thousand between models.
 */
export const defaultBreakerLimits: CircuitBreakerLimits = { window: 100, leastRequests: 20, failedShare: 0.5 }

/** Why a run is stopped. */
export interface Trip {
  /** Of most of the failures in the window. */
  kind: FailureKind
  /** A sentence with the numbers and the first failure of that kind. */
  reason: string
}

/** Stops a run whose requests fail: what is left of it would fail too, and hold up whoever waits for it. Does no I/O. */
export class CircuitBreaker {
  readonly #limits: CircuitBreakerLimits
  /** Of the requests in the window, oldest first; null for a success. */
  readonly #outcomes: (FailureKind | null)[] = []
  readonly #firstOf = new Map<FailureKind, string>()
  #ended = 0
  #trip: Trip | null = null

  constructor(limits: CircuitBreakerLimits = defaultBreakerLimits) {
    this.#limits = limits
  }

  /** Null while it is closed. Once tripped it stays so. */
  get trip(): Trip | null {
    return this.#trip
  }

  succeeded(): void {
    this.#add(null)
  }

  failed(kind: FailureKind, message: string): void {
    if (!this.#firstOf.has(kind)) this.#firstOf.set(kind, message)
    this.#add(kind)
  }

  #add(outcome: FailureKind | null): void {
    const { window, leastRequests, failedShare } = this.#limits
    this.#ended++
    this.#outcomes.push(outcome)
    if (this.#outcomes.length > window) this.#outcomes.shift()
    if (this.#trip !== null || this.#ended < leastRequests) return
    const failures = this.#outcomes.filter(kind => kind !== null)
    if (failures.length <= failedShare * this.#outcomes.length) return
    const kind = mostOf(failures)
    const share = `${failures.length} of the last ${this.#outcomes.length} requests failed`
    const limit = `${Math.round(failedShare * 100)} %`
    this.#trip = {
      kind,
      reason: `the circuit breaker stopped it after ${this.#ended.toLocaleString('en')} requests: ${share} (limit ${limit}); the first: ${this.#firstOf.get(kind)}`,
    }
  }
}

/** At least one is there. */
function mostOf(kinds: readonly FailureKind[]): FailureKind {
  const counts = new Map<FailureKind, number>()
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const [[most] = ['unknown' as const]] = [...counts].sort(([, a], [, b]) => b - a)
  return most
}
