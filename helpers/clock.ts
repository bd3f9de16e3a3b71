/**
 * Milliseconds on the machine's monotonic clock (CLOCK_MONOTONIC on Linux).
 *
 * The same clock in every thread and process of this machine, so stamps of the client, the sampler, the engine and a
 * test server can be subtracted from each other. Says nothing about the time of day.
 */
export function monotonicMs(): number {
  return performance.now() + offsetMs
}

// performance.now() starts at 0 in every thread; process.hrtime does not, but allocates a BigInt a call.
const offsetMs = measureOffsetMs()

/** The two clocks tick alike, so the offset is the smallest difference seen: all else is time between the two calls. */
function measureOffsetMs(): number {
  let leastMs = Number.POSITIVE_INFINITY
  // The first call of each loads code for several milliseconds; five rounds are microseconds.
  for (let round = 0; round < 5; round++) {
    const beforeMs = performance.now()
    leastMs = Math.min(leastMs, Number(process.hrtime.bigint()) / 1e6 - beforeMs)
  }
  return leastMs
}
