import type { ResultMetric } from '../../reporting/results-schema.ts'
import { formatQuantity } from '../../units.ts'
import type { Answer, Evidence } from '../question.ts'

type Found = ResultMetric & { value: number }

const SPEC = '003.swap-performance'
const COMMAND = 'npx vitest run perf/model-swapping'

/** What perf/model-swapping/{concurrent-capacity,swap-performance} measured. */
export const swapIds = {
  instances: '003.concurrent-capacity.instances.qwen2.5-0.5b',
  instanceBytes: '003.concurrent-capacity.instance-bytes.qwen2.5-0.5b',
  pressure: '003.concurrent-capacity.pressure-instances.qwen2.5-0.5b',
  cold: `${SPEC}.swap-in-cold.qwen2.5-7b`,
  warm: `${SPEC}.swap-in-warm.qwen2.5-7b`,
  out: `${SPEC}.swap-out.qwen2.5-7b`,
  coldRate: `${SPEC}.swap-in-rate-cold.qwen2.5-7b`,
  warmRate: `${SPEC}.swap-in-rate-warm.qwen2.5-7b`,
  loadedAtOnce: `${SPEC}.loaded-at-once.qwen2.5-0.5b`,
  speedUp: `${SPEC}.concurrent-speed-up.qwen2.5-0.5b`,
  latencyRatio: `${SPEC}.serving-itl-ratio.qwen2.5-0.5b`,
  longestGap: `${SPEC}.serving-longest-gap.qwen2.5-0.5b`,
  servingFailed: `${SPEC}.serving-failed.qwen2.5-0.5b`,
  swaps: `${SPEC}.swaps-while-serving.qwen2.5-7b`,
} as const

/** Its 95 % interval, where it has one. */
export function boundsOf({ interval: [low, high] = [null, null] }: Found): { low: number; high: number } | null {
  return low === null || high === null ? null : { low, high }
}

/** With its interval, if it has one. */
export function shown(metric: Found): string {
  const { value, unit } = metric
  const show = (number: number) => (unit === null ? String(number) : formatQuantity(number, unit))
  return withBounds(metric, show(value), show)
}

/** As many times as much: `1.32 times`, with the interval. */
export const times = (metric: Found): string =>
  withBounds(metric, `${metric.value.toFixed(2)} times`, number => number.toFixed(2))

function withBounds(metric: Found, text: string, show: (number: number) => string): string {
  const bounds = boundsOf(metric)
  return bounds ? `${text} [${show(bounds.low)}, ${show(bounds.high)}]` : text
}

/** What the run says of an id, or the command that measures it. */
export const open = (evidence: Evidence, id: string): Answer => ({
  state: 'open',
  needs: evidence.reason(id) ?? `what perf/model-swapping measures: ${COMMAND}`,
})

/** An answer of the sentences that there are; what spoiled a number that it rests on is a caveat. */
export function answered(
  evidence: Evidence,
  sentences: readonly (string | null | false | undefined)[],
  metrics: readonly (Found | null)[],
  caveats: readonly string[] = [],
): Answer {
  const rests = metrics.filter(metric => metric !== null)
  const scale = rests.find(metric => metric.scale !== undefined && metric.scale !== 1)?.scale
  const doubts = rests.flatMap(({ id }) => {
    const item = evidence.item(id)
    return item?.verdict === 'inconclusive' && item.reason ? [item.reason] : []
  })
  return {
    state: 'answered',
    answer: sentences.filter(Boolean).join(' '),
    evidence: rests.map(({ id }) => id),
    caveats: [
      ...(scale === undefined
        ? []
        : [`measured with models of 1/${scale} of their size (PERF_PROFILE=full runs whole ones)`]),
      ...new Set(doubts),
      ...caveats,
    ],
  }
}
