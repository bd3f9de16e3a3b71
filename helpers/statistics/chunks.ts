import { CouldNotMeasureError } from '../errors.ts'
import { sum } from './descriptive.ts'

/** One chunk of a batch: how many requests completed in it, and how long it took. */
export interface TimedChunk {
  requests: number
  seconds: number
}

/** Requests per second over all chunks: their total over the total time. For equal chunks, the harmonic mean of rates. */
export function totalRate(chunks: readonly TimedChunk[]): number {
  return sum(chunks.map(chunk => chunk.requests)) / sum(chunks.map(chunk => chunk.seconds))
}

/**
 * The groups as they can be judged: each with a rate above 0, as a chunk in which nothing completed is joined to the
 * one before it (the first to the one after). Its time stays in the total that way.
 *
 * @throws CouldNotMeasureError for fewer than two groups, an impossible number, or a group in which nothing completed
 */
export function checkedGroups(what: string, groups: readonly (readonly TimedChunk[])[]): TimedChunk[][] {
  if (groups.length < 2) {
    throw new CouldNotMeasureError(
      `${what}: found ${groups.length} group(s) of chunks, needs at least 2. Run more batches.`,
    )
  }
  return groups.map((chunks, index) => {
    const bad = chunks.find(
      ({ requests, seconds }) => !(requests >= 0 && seconds > 0 && Number.isFinite(requests / seconds)),
    )
    if (bad) {
      throw new CouldNotMeasureError(
        `${what}: group ${index + 1} has a chunk of ${bad.requests} requests in ${bad.seconds} s, needs 0 or more in more than 0 s.`,
      )
    }
    const joined = joinEmpty(chunks)
    if (joined.length === 0) {
      throw new CouldNotMeasureError(
        `${what}: no request completed in group ${index + 1}, so it has no throughput. Look at why the requests failed.`,
      )
    }
    return joined
  })
}

function joinEmpty(chunks: readonly TimedChunk[]): TimedChunk[] {
  const joined: TimedChunk[] = []
  let waitingSeconds = 0
  for (const { requests, seconds } of chunks) {
    const last = joined.at(-1)
    if (requests > 0) {
      joined.push({ requests, seconds: seconds + waitingSeconds })
      waitingSeconds = 0
    } else if (last) {
      last.seconds += seconds
    } else {
      waitingSeconds += seconds
    }
  }
  return joined
}
