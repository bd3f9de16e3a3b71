import { median } from '../statistics/index.ts'
import { formatQuantity } from '../units.ts'
import { judgeStarts, leastSamples, leastStarts } from './judge-starts.ts'
import type { MinimumEffect } from './minimum-effect.ts'
import type { Baseline, BaselineMetric, BaselineRun } from './schema.ts'
import { sameModel } from './store.ts'

/** What became of one metric that was recorded again. */
export interface RatchetedMetric {
  metric: string
  /** `taken`: its new starts are the baseline now. `left`: it is as it was before. */
  state: 'taken' | 'left'
  /** The numbers and why, for people. */
  line: string
}

export interface Ratchet {
  baseline: Baseline
  /** Only those that were recorded again. */
  metrics: RatchetedMetric[]
}

export interface RatchetInput {
  /** The file before the recording; null where there was none. */
  before: Baseline | null
  /** The file with the new starts added. */
  after: Baseline
  /** New starts are those from then on. */
  since: Date
  /** The least change that counts of a metric; null for one that is not known. */
  effectOf: (metric: string) => MinimumEffect | null
}

/**
 * Takes the new starts of the metrics that improved, by the gate's rule, in place of the old ones, so that the gate holds
 * what was won; every other metric stays as it was, so that what got a little worse is not accepted along with it. A metric
 * without old starts to hold against (new, or of another workload or model) is taken as well. An improvement needs 3 new
 * starts, because the noise of the next comparisons is learnt from them.
 */
export function ratchet({ before, after, since, effectOf }: RatchetInput): Ratchet {
  const known = before !== null && sameModel(before.model, after.model) ? before.metrics : {}
  const metrics: RatchetedMetric[] = []
  const kept: Baseline['metrics'] = { ...known }
  for (const [name, metric] of Object.entries(after.metrics)) {
    const runs = metric.runs.filter(run => Date.parse(run.at) >= since.getTime())
    if (runs.length === 0) continue
    const { state, line } = judgeMetric(known[name], { ...metric, runs }, effectOf(name))
    metrics.push({ metric: name, state, line })
    if (state === 'taken') kept[name] = { ...metric, runs }
  }
  const nothingNew = before !== null && metrics.every(({ state }) => state === 'left')
  return { baseline: nothingNew ? before : { ...after, metrics: kept }, metrics }
}

function judgeMetric(
  old: BaselineMetric | undefined,
  now: BaselineMetric,
  minimumEffect: MinimumEffect | null,
): Omit<RatchetedMetric, 'metric'> {
  const left = (line: string) => ({ state: 'left' as const, line })
  const { unit, better, workload } = now
  if (old === undefined || old.workload !== workload || old.unit !== unit || old.better !== better)
    return { state: 'taken', line: `recorded for the first time, ${count(now.runs)}` }
  const [base, head] = [samplesOf(old), samplesOf(now)]
  const enough = base.length >= leastStarts && head.length >= leastStarts && head.flat().length >= leastSamples
  if (!enough) return left(`left as it was: ${leastStarts} starts before and after are needed to call it improved`)
  if (minimumEffect === null || [...base, ...head].some(samples => median(samples) <= 0))
    return left('left as it was: it cannot be held against what was recorded before')
  const { verdict, baseline, now: value, change } = judgeStarts({ better, base, head, minimumEffect })
  const numbers = `${formatQuantity(value, unit)} vs ${formatQuantity(baseline, unit)} (${formatQuantity(change, 'ratio', { signed: true })})`
  return verdict === 'improved'
    ? { state: 'taken', line: `${numbers} improved: the new starts replace the old ones` }
    : left(`${numbers} ${verdict}: left as it was`)
}

const samplesOf = ({ runs }: BaselineMetric): number[][] => runs.map(run => run.samples)
const count = (runs: readonly BaselineRun[]): string => `${runs.length} ${runs.length === 1 ? 'start' : 'starts'}`
