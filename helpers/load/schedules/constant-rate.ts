import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs } from '../../clock.ts'
import type { ScheduleContext } from './schedule.ts'

/**
 * Request i leaves i / rate after the start: absolute times, so a late one does not push the others back. A timer of Node
 * is up to about a millisecond late, never early; how late is in every record (`sentAtMs` − `scheduledAtMs`).
 */
export async function constantRate(context: ScheduleContext, requestsPerSecond: number): Promise<void> {
  const outstanding = new Set<Promise<void>>()
  const failed = Promise.withResolvers<never>()
  // Seen below when it matters; without requests left to wait for nobody may be listening.
  failed.promise.catch(() => {})
  let request = await context.next()
  const startMs = monotonicMs()
  for (let i = 0; request !== null; i++) {
    const dueMs = startMs + (i * 1000) / requestsPerSecond
    for (let waitMs = dueMs - monotonicMs(); waitMs > 0; waitMs = dueMs - monotonicMs()) {
      await Promise.race([sleep(Math.ceil(waitMs)), failed.promise])
    }
    const sending = context.send(request, 0, dueMs)
    outstanding.add(sending)
    sending.then(() => outstanding.delete(sending), failed.reject)
    request = await context.next()
  }
  await Promise.all(outstanding)
}
