/** What a pool has done since it was made, and what it does at this moment. Plain data. */
export interface PoolMetrics {
  /** Calls of acquire(). */
  requests: number
  /** Those whose model was loaded when their turn came. */
  hits: number
  /** Those that had to wait for a load: their own, or one that another request had begun. */
  misses: number
  /** Refused by a limit, or unknown; not those that were aborted, or whose load failed. */
  refused: number
  loads: number
  failedLoads: number
  /** Estimates of the loads until they are done, then what they were measured to take. */
  bytesLoaded: number
  evictions: number
  failedUnloads: number
  /** Loads that took more than was estimated, and so more than the budget. */
  overruns: number
  /** From acquire() to the lease, summed over all leases; each lease has its own. */
  waitedMs: number
  longestWaitMs: number
  /** The most that was ever held against the budget, reservations included. */
  peakBytes: number
  /** At this moment: held against the budget by models that are loaded, being loaded or being unloaded. */
  residentBytes: number
  loadsInFlight: number
  /** Requests that wait for room. */
  waiting: number
  leases: number
}

/** Share of the leases that did not wait for a load; NaN before the first. */
export const hitRate = ({ hits, misses }: Pick<PoolMetrics, 'hits' | 'misses'>): number => hits / (hits + misses)
