import type { Better } from './comparison.ts'
import type { Baseline, BaselineEngine, BaselineModel } from './schema.ts'
import { type BaselineRead, sameModel } from './store.ts'

export interface LookUp {
  metric: string
  unit: string
  better: Better
  workload: string
  model: BaselineModel
}

/** The samples to compare with, one list an engine start; or why what there is cannot be compared with. */
export type BaselineRuns = { state: 'found'; runs: number[][] } | { state: 'none'; reason: string }

/** Finds a metric in a baseline, if that is of the same model, workload and unit. */
export function baselineRuns(read: BaselineRead, { metric, unit, better, workload, model }: LookUp): BaselineRuns {
  const none = (reason: string): BaselineRuns => ({
    state: 'none',
    reason: `${reason}. Record it: \`npm run baseline\`.`,
  })
  if (read.state === 'missing') return noFile(read)
  const { baseline } = read
  if (!sameModel(baseline.model, model))
    return none(`The baseline is for another model file (${describeModel(baseline.model)})`)
  const found = baseline.metrics[metric]
  if (found === undefined) return none(`The baseline has no ${metric}`)
  if (found.workload !== workload) return none('The baseline is for another workload')
  if (found.unit !== unit || found.better !== better) {
    return none(`The baseline is in ${found.unit}, ${found.better} is better`)
  }
  return { state: 'found', runs: found.runs.map(run => run.samples) }
}

function noFile({ file, otherHardware: [first, ...more] }: BaselineRead & { state: 'missing' }): BaselineRuns {
  const record = 'Record it: `npm run baseline`.'
  if (first === undefined) return { state: 'none', reason: `There is no ${file}. ${record}` }
  const others = [first, ...more].join(', ')
  return {
    state: 'none',
    reason:
      `There is no ${file}, only that of other hardware (${others}). ${record} If this machine is as fast as one of ` +
      `those: PERF_HARDWARE=${first}.`,
  }
}

/**
 * What is recorded but not part of the key and differs now: possible causes of a change, each for people, such as
 * `engine version 1.2 → 1.3`. The baseline's side is that of its newest start.
 */
export function recordedDifferences(
  { hardware: oldHardware, engine: oldEngine }: Baseline,
  { hardware, engine }: { hardware: Baseline['hardware']; engine: BaselineEngine },
): string[] {
  const pairs: [what: string, before: string | null, now: string | null][] = [
    ['engine version', oldEngine.version, engine.version],
    ['engine arguments', oldEngine.args.join(' '), engine.args.join(' ')],
    ['GPU driver', oldHardware.driver, hardware.driver],
    ['CPU', oldHardware.cpu, hardware.cpu],
    ['operating system', oldHardware.os, hardware.os],
    ['kernel', oldHardware.kernel, hardware.kernel],
  ]
  return pairs
    .filter(([, before, now]) => before !== now)
    .map(([what, before, now]) => `${what} ${before || 'none'} → ${now || 'none'}`)
}

const describeModel = ({ name, bytes, quantisation }: BaselineModel) =>
  [name, quantisation, bytes === null ? null : `${bytes} bytes`].filter(part => part !== null).join(', ')
