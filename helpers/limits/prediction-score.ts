import { quantile } from '../statistics/index.ts'
import type { TrialRow } from './trial-row.ts'

/** How well "would it fit?" was answered before each try. */
export interface PredictionScore {
  cases: number
  right: number
  /** Predicted to fit, and did not: the dangerous kind. */
  falseFits: number
  /** Predicted not to fit, and did: room that is left unused. */
  falseAlarms: number
  /** predicted / real bytes of what fitted: smallest, median and largest; null where no case has both. */
  ratio: { low: number; median: number; high: number } | null
}

/** Counts tries that ended for or against memory: what was not tried, or refused for another reason, says nothing about it. */
export function predictionScore(rows: readonly TrialRow[]): PredictionScore {
  const tried = rows.filter(({ outcome }) => outcome !== 'not tried' && outcome !== 'refused')
  const falseFits = tried.filter(({ predictedFits, outcome }) => predictedFits && outcome !== 'fitted').length
  const falseAlarms = tried.filter(({ predictedFits, outcome }) => !predictedFits && outcome === 'fitted').length
  const ratios = tried.flatMap(({ outcome, predictedBytes, realBytes }) =>
    outcome === 'fitted' && realBytes.state === 'measured' ? [predictedBytes / realBytes.value] : [],
  )
  return {
    cases: tried.length,
    right: tried.length - falseFits - falseAlarms,
    falseFits,
    falseAlarms,
    ratio:
      ratios.length === 0
        ? null
        : { low: Math.min(...ratios), median: quantile(ratios, 0.5), high: Math.max(...ratios) },
  }
}
