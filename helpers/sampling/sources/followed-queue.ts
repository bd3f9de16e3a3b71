import { type QueueSource, type QueueTarget, queueSource } from './queue.ts'

export interface FollowedQueueSource extends QueueSource {
  /** Asks another engine from now on; resolves when it was asked once. */
  follow(target: QueueTarget | null): Promise<void>
}

/** The queue of the engine that is followed at the time, none at first: a restarted one, or a server for another model. */
export function followedQueueSource(nowMs: () => number): FollowedQueueSource {
  let current = queueSource(null, nowMs)
  return {
    metrics: current.metrics,
    ready: current.ready,
    sample: instant => current.sample(instant),
    async follow(target) {
      await current.stop()
      current = queueSource(target, nowMs)
      await current.ready
    },
    stop: () => current.stop(),
  }
}
