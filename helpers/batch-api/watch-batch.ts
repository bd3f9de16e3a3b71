import { setTimeout as wait } from 'node:timers/promises'
import type { BatchApi } from './batch-api.ts'
import { type BatchSighting, finishedIn, hasEnded } from './batch-sighting.ts'

export interface WatchOptions {
  /** Requests whose time shall be told from the next ones: a tenth of it is the time between two looks. */
  chunk: number
  signal?: AbortSignal
  /** Called whenever something has changed. */
  onChange?: (sighting: BatchSighting) => void
}

const LOOKS_PER_CHUNK = 10
const LEAST_MS = 25
/** Also the first ones, while the pace is not known. */
const USUAL_MS = 100
const MOST_MS = 5000

/**
 * Looks at a batch until it has ended, whoever submitted it. Stopping only ends the looking.
 *
 * @returns what was seen when something had changed, oldest first; the last one is the end.
 * @throws BatchApiError when the server answers no longer; the signal's AbortError.
 */
export async function watchBatch(api: BatchApi, batchId: string, options: WatchOptions): Promise<BatchSighting[]> {
  const { signal, onChange } = options
  const sightings: BatchSighting[] = []
  for (;;) {
    const now = await api.look(batchId, signal)
    const then = sightings.at(-1)
    if (then === undefined || then.status !== now.status || finishedIn(then) !== finishedIn(now)) {
      sightings.push(now)
      onChange?.(now)
    }
    if (hasEnded(now)) return sightings
    await wait(untilNextLookMs(sightings, options.chunk), undefined, signal === undefined ? {} : { signal })
  }
}

/** From the pace so far: often enough to tell chunks apart, and no more. */
export function untilNextLookMs(sightings: BatchSighting[], chunk: number): number {
  const [first] = sightings
  const last = sightings.at(-1)
  if (first === undefined || last === undefined) return USUAL_MS
  const finished = finishedIn(last) - finishedIn(first)
  if (finished <= 0) return USUAL_MS
  const chunkMs = (chunk * (last.atMs - first.atMs)) / finished
  return Math.min(MOST_MS, Math.max(LEAST_MS, chunkMs / LOOKS_PER_CHUNK))
}
