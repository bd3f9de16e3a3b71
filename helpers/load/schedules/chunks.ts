import { monotonicMs } from '../../clock.ts'
import type { PreparedRequest } from '../load-request.ts'
import type { ScheduleContext } from './schedule.ts'

/** Sends `size` requests together, waits for all of them, lets the hook run, and goes on. */
export async function chunksWithBarrier(context: ScheduleContext, size: number): Promise<void> {
  for (let chunk = 0; ; chunk++) {
    const requests = await take(context, size)
    if (requests.length === 0) return
    const scheduledAtMs = monotonicMs()
    await Promise.all(requests.map(request => context.send(request, chunk, scheduledAtMs)))
    await context.betweenChunks(chunk)
  }
}

/** Everything of a chunk is ready before the first request leaves. */
async function take(context: ScheduleContext, size: number): Promise<PreparedRequest[]> {
  const requests: PreparedRequest[] = []
  while (requests.length < size) {
    const request = await context.next()
    if (request === null) break
    requests.push(request)
  }
  return requests
}
