import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { RequestRecord } from './request-record.ts'

const sent = 'vitest-llm-perf:request-sent'
const ended = 'vitest-llm-perf:request-ended'
const sentChannel = channel(sent)
const endedChannel = channel(ended)

/** A request leaves, whoever sends it. Costs next to nothing where nobody watches. */
export const tellSent = (): void => {
  if (sentChannel.hasSubscribers) sentChannel.publish(undefined)
}

/** The request that a record is of has ended. */
export const tellEnded = (record: RequestRecord): void => {
  if (endedChannel.hasSubscribers) endedChannel.publish(record)
}

export interface RequestWatcher {
  sent(): void
  ended(record: RequestRecord): void
}

/** Tells of every request of this process from now on, the warm-ups included, until it is disposed of. */
export function watchRequests(watcher: RequestWatcher): Disposable {
  const onSent = (): void => watcher.sent()
  // Only tellEnded() publishes on it.
  const onEnded = (record: unknown): void => watcher.ended(record as RequestRecord)
  subscribe(sent, onSent)
  subscribe(ended, onEnded)
  return {
    [Symbol.dispose]() {
      unsubscribe(sent, onSent)
      unsubscribe(ended, onEnded)
    },
  }
}
