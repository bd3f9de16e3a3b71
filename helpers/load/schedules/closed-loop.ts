import { monotonicMs } from '../../clock.ts'
import type { ScheduleContext } from './schedule.ts'

/** Keeps `concurrency` requests outstanding. Every `chunkSize` requests, in the order they leave, are one chunk. */
export async function closedLoop(context: ScheduleContext, concurrency: number, chunkSize: number): Promise<void> {
  let left = 0
  const worker = async () => {
    for (;;) {
      const request = await context.next()
      if (request === null) return
      const chunk = Math.floor(left++ / chunkSize)
      await context.send(request, chunk, monotonicMs())
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}
