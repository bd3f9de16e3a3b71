import type { Disturbance } from '../batches/batch-run.ts'
import { absent, type Measured, measured } from '../measured.ts'
import type { Metric, Reading, WindowStatistics } from './metrics.ts'

/**
 * What others did to the machine between two readings. `cores` is the number of logical CPUs.
 *
 * - foreignCpu: (busy − engine's − suite's CPU time) / (elapsed × cores), at least 0. The kernel counts the machine's and
 *   the processes' time by different means, so a small number is noise.
 * - steal: stolen CPU time / (elapsed × cores).
 * - foreignSwapBytes: the machine's swap traffic, in and out, if the engine's own swapped bytes are the same at both
 *   readings: its pages cannot be told from others' otherwise, and the number is absent. No traffic is 0 in any case.
 * - throttled: the CPU's throttle events; where there are none or they are not counted, seconds in which a GPU was
 *   throttled, from `gpuThrottled` over the window if it is given, else from the two readings.
 *
 * Absent, with the reason, where one of the inputs is.
 */
export function disturbanceBetween(
  before: Reading,
  after: Reading,
  cores: number,
  gpuThrottled?: Measured<WindowStatistics>,
): Disturbance {
  const elapsedMs = after.atMs - before.atMs
  if (!(elapsedMs > 0 && cores > 0)) {
    const none = absent(`nothing can be said about ${elapsedMs} ms on ${cores} cores`)
    return { foreignCpu: none, steal: none, foreignSwapBytes: none, throttled: none }
  }
  const capacityMs = elapsedMs * cores
  const delta = (metric: Metric): Measured => both(before, after, metric, (from, to) => to - from)
  return {
    foreignCpu: combine(
      [delta('cpuBusyMs'), delta('engineCpuMs'), delta('suiteCpuMs')],
      ([busy = 0, engine = 0, suite = 0]) => measured(Math.max(0, busy - engine - suite) / capacityMs),
    ),
    steal: combine([delta('cpuStealMs')], ([stolen = 0]) => measured(Math.max(0, stolen) / capacityMs)),
    foreignSwapBytes: combine([delta('swapInBytes'), delta('swapOutBytes')], ([read = 0, written = 0]) =>
      foreignSwap(read + written, before, after),
    ),
    throttled: throttling(delta('cpuThrottleCount'), gpuSeconds(before, after, elapsedMs, gpuThrottled)),
  }
}

function foreignSwap(traffic: number, before: Reading, after: Reading): Measured {
  if (traffic === 0) return measured(0)
  return combine([before.metrics.engineSwapBytes, after.metrics.engineSwapBytes], ([from, to]) =>
    from === to
      ? measured(traffic)
      : absent(`the engine's own swapped memory changed, so the ${traffic} bytes swapped cannot be told apart`),
  )
}

function throttling(cpuEvents: Measured, gpuThrottledSeconds: Measured): Measured {
  if (cpuEvents.state === 'measured' && cpuEvents.value > 0) return cpuEvents
  return gpuThrottledSeconds.state === 'measured' ? gpuThrottledSeconds : cpuEvents
}

function gpuSeconds(
  before: Reading,
  after: Reading,
  elapsedMs: number,
  window: Measured<WindowStatistics> | undefined,
): Measured {
  if (window?.state === 'measured') return measured((window.value.mean * elapsedMs) / 1000)
  return both(before, after, 'gpuThrottled', (from, to) => (((from + to) / 2) * elapsedMs) / 1000)
}

const both = (before: Reading, after: Reading, metric: Metric, fold: (from: number, to: number) => number): Measured =>
  combine([before.metrics[metric], after.metrics[metric]], ([from = 0, to = 0]) => measured(fold(from, to)))

/** The first absence, or what all the values make. */
function combine(inputs: Measured[], fold: (values: number[]) => Measured): Measured {
  const values: number[] = []
  for (const input of inputs) {
    if (input.state === 'absent') return input
    values.push(input.value)
  }
  return fold(values)
}
