import type { MeasuredTable } from '../observations/index.ts'
import { quantile } from '../statistics/index.ts'
import { formatQuantity } from '../units.ts'
import { hitRate } from './pool-metrics.ts'
import type { Replay } from './replay.ts'

/** Times of all requests of a trace that were answered, ascending. */
export const latenciesMs = ({ requests }: Replay): number[] =>
  requests.flatMap(({ latencyMs }) => (latencyMs.state === 'measured' ? [latencyMs.value] : [])).sort((a, b) => a - b)

/** The same trace by several strategies, side by side. Pure. */
export function strategyTable(
  about: Pick<MeasuredTable, 'id' | 'title' | 'notes'>,
  replays: readonly { strategy: string; replay: Replay }[],
): MeasuredTable {
  return {
    ...about,
    columns: [
      'strategy',
      'requests',
      'failed',
      'hit rate',
      'latency p50',
      'p95',
      'longest wait',
      'loads',
      'evictions',
      'bytes loaded',
    ],
    rows: replays.map(({ strategy, replay }) => row(strategy, replay)),
  }
}

function row(strategy: string, replay: Replay): string[] {
  const { requests, metrics } = replay
  const times = latenciesMs(replay)
  const latency = (q: number) => (times.length === 0 ? '–' : formatQuantity(quantile(times, q), 'ms'))
  const rate = hitRate(metrics)
  return [
    strategy,
    String(requests.length),
    String(requests.length - times.length),
    Number.isNaN(rate) ? '–' : formatQuantity(rate, 'ratio'),
    latency(0.5),
    latency(0.95),
    formatQuantity(metrics.longestWaitMs, 'ms'),
    String(metrics.loads),
    String(metrics.evictions),
    formatQuantity(metrics.bytesLoaded, 'bytes'),
  ]
}
