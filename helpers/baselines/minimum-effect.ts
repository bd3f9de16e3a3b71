import type { Unit } from '../units.ts'

/** The least change that counts: both parts must be exceeded. */
export interface MinimumEffect {
  /** Share of the baseline. */
  relative: number
  /** In the metric's own unit, so that tiny values do not alarm; 0 for none. */
  absolute: number
}

export type MetricKind = 'throughput' | 'tpot p50' | 'ttft p50' | 'p95' | 'memory'

const quarterGibibyte = 2 ** 28

/**
 * The defaults, and the unit that their absolute part is in. They are judgement: the least change that someone would
 * act on, and more where a metric is noisier by nature.
 */
export const minimumEffects: Readonly<Record<MetricKind, MinimumEffect & { unit: Unit | null }>> = {
  throughput: { relative: 0.05, absolute: 0, unit: null },
  'tpot p50': { relative: 0.05, absolute: 0.1, unit: 'ms' },
  'ttft p50': { relative: 0.1, absolute: 2, unit: 'ms' },
  p95: { relative: 0.15, absolute: 5, unit: 'ms' },
  memory: { relative: 0.02, absolute: quarterGibibyte, unit: 'bytes' },
}

/**
 * The default for a kind of metric.
 *
 * @param scale what the model's size was divided by (`÷ 16` is 16): limits in bytes are for the model at full size
 */
export function minimumEffect(kind: MetricKind, { scale = 1 }: { scale?: number } = {}): MinimumEffect {
  const { relative, absolute, unit } = minimumEffects[kind]
  return { relative, absolute: unit === 'bytes' ? absolute / scale : absolute }
}
