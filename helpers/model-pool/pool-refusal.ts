import { CouldNotMeasureError } from '../errors.ts'

/** Which limit a request ran into. */
export type PoolLimit = 'budget' | 'queue length' | 'waiting time' | 'closed'

/** A pool did not take a request, or no longer lets it wait; the message has the arithmetic. */
export class PoolRefusal extends CouldNotMeasureError {
  override readonly code = 'PERF_POOL_REFUSED'
  readonly limit: PoolLimit

  constructor(limit: PoolLimit, message: string) {
    super(message)
    this.limit = limit
  }
}
