import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { ClientHealth } from '../batches/batch-run.ts'
import { CouldNotMeasureError } from '../errors.ts'
import { formatQuantity } from '../units.ts'
import type { RequestRecord } from './request-record.ts'

/** Interval of the timer whose lateness is the lag. Node counts the interval itself as delay; it is taken off again. */
const RESOLUTION_MS = 10
const NS_PER_MS = 1e6

/** Watches the client from its start on; `using` or `stop` ends it. */
export interface ClientHealthMonitor extends Disposable {
  /** Takes a request's schedule delay. `runLoad` calls it. */
  observe(record: RequestRecord): void
  /**
   * What was seen so far.
   * @throws CouldNotMeasureError before the first request, or before the first look at the event loop.
   */
  read(): ClientHealth
  stop(): void
}

export function startClientHealth(): ClientHealthMonitor {
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const delaysUs = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 })
  lag.enable()
  const lagMs = (ns: number) => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS)
  return {
    observe({ sentAtMs, scheduledAtMs }) {
      delaysUs.record(Math.max(1, Math.round((sentAtMs - scheduledAtMs) * 1000)))
    },
    read() {
      if (lag.count === 0 || delaysUs.count === 0) {
        throw new CouldNotMeasureError(
          `Looking at the client's own health: ${delaysUs.count} requests and ${lag.count} looks at its event loop; each must be at least 1. The load was too short.`,
        )
      }
      return {
        eventLoopLagP99Ms: lagMs(lag.percentile(99)),
        eventLoopLagMaxMs: lagMs(lag.max),
        scheduleDelayP50Ms: delaysUs.percentile(50) / 1000,
        scheduleDelayP99Ms: delaysUs.percentile(99) / 1000,
      }
    },
    stop: () => void lag.disable(),
    [Symbol.dispose]: () => void lag.disable(),
  }
}

/** Above these the client's numbers are its own and not the engine's. */
export interface ClientLimits {
  /**
   * Requests left this much later than planned, at the median: the load was not the one asked for. inference-perf tells its
   * users to distrust a run above the same 10 ms.
   */
  scheduleDelayP50Ms: number
  /**
   * One stamp in a hundred is this late. On 2 cores kept busy by other processes 13 ms were measured, on idle ones 0.3 ms;
   * the plans' tightest TTFT limits are hundreds of ms. 50 ms lets the former pass and keeps the latter's percentiles.
   */
  eventLoopLagP99Ms: number
}

export const clientLimits: ClientLimits = { scheduleDelayP50Ms: 10, eventLoopLagP99Ms: 50 }

/** Why the client was the bottleneck, in a sentence with the numbers; null when it was not. */
export function judgeClient(health: ClientHealth, limits: ClientLimits = clientLimits): string | null {
  const ms = (value: number) => formatQuantity(value, 'ms')
  const reasons: string[] = []
  if (health.scheduleDelayP50Ms > limits.scheduleDelayP50Ms) {
    reasons.push(
      `half of the requests left ${ms(health.scheduleDelayP50Ms)} or more after their time (limit ${ms(limits.scheduleDelayP50Ms)})`,
    )
  }
  if (health.eventLoopLagP99Ms > limits.eventLoopLagP99Ms) {
    reasons.push(
      `the client's event loop was ${ms(health.eventLoopLagP99Ms)} late at p99 (limit ${ms(limits.eventLoopLagP99Ms)})`,
    )
  }
  if (reasons.length === 0) return null
  return `the load client was the bottleneck: ${reasons.join(', and ')}. Lower the concurrency or the rate, or give the client a free core.`
}
