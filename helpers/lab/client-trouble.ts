import { type ClientHealthMonitor, judgeClient } from '../load/index.ts'

/** A look at the event loop every 10 ms: from here on its p99 rests on five pauses, and not on a single one. */
const CERTAIN_FROM_MS = 5000
/** In less the event loop may not have been looked at at all. */
const SEEN_FROM_MS = 100

/**
 * Whether the client was too slow for a load of this length, and whether that is beyond doubt; null when it was not, or
 * when the load was over before anything could be seen.
 */
export function clientTrouble(
  health: Pick<ClientHealthMonitor, 'read'>,
  durationMs: number,
): { reason: string; isCertain: boolean } | null {
  if (durationMs < SEEN_FROM_MS) return null
  const reason = judgeClient(health.read())
  return reason === null ? null : { reason, isCertain: durationMs >= CERTAIN_FROM_MS }
}
