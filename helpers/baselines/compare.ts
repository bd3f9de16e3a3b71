import { median } from '../statistics/index.ts'
import { formatQuantity, type Unit } from '../units.ts'
import type { BaselineComparison, Better, JudgedComparison } from './comparison.ts'
import { judgeStarts, leastSamples, leastStarts, type StartsJudgement } from './judge-starts.ts'
import type { MinimumEffect } from './minimum-effect.ts'

export interface ComparisonInput {
  /** `<spec id>.<metric>` */
  metric: string
  unit: Unit
  better: Better
  /** Samples of each engine start, of the same workload, oldest first; empty when there is no baseline. */
  baselineRuns: readonly (readonly number[])[]
  /** Samples of one fresh start. Alike in kind: chunks, or requests that did not queue behind each other. */
  samples: readonly number[]
  minimumEffect: MinimumEffect
}

/**
 * Holds one engine start against the starts of a baseline, by the rule of `judgeStarts`. With fewer than 3 starts or 5
 * samples the verdict is `unknown`.
 *
 * How often that is right, from `node helpers/baselines/simulation.ts 500`: baselines of 5 starts, 10 runs against each,
 * 10 samples a start, minimum effect 5 %. Share of runs that regressed on the first start → confirmed on a second one:
 *
 * | SD within / between starts | unchanged | 10 % slower | 20 % slower |
 * | --- | --- | --- | --- |
 * | 1 % / 0.5 % | 0 → 0 % | 100 → 100 % | 100 → 100 % |
 * | 2 % / 2 % | 1.0 → 0.0 % | 90 → 83 % | 100 → 100 % |
 * | 3 % / 4 % | 3.1 → 0.4 % | 50 → 32 % | 95 → 91 % |
 *
 * None that was 20 % slower was called `no change`.
 */
export function compareWithBaseline(input: ComparisonInput): BaselineComparison {
  const { metric, unit, better, baselineRuns, samples } = input
  const starts = baselineRuns.length
  const n = samples.length
  const base = { metric, unit, better, n, starts }
  if (starts === 0)
    return noBaseline(input, 'There is no baseline for this metric; record one with `npm run baseline`.')
  const unknown = (needs: string, reason: string): BaselineComparison => ({
    ...base,
    verdict: 'unknown',
    line: `${label(metric)}${n > 0 ? ` ${formatQuantity(median(samples), unit)}` : ''} unknown (${needs})`,
    reason,
  })
  if (n < leastSamples) {
    return unknown(
      `needs ${count(leastSamples - n, 'more sample')}`,
      `This run has ${count(n, 'sample')}; ${leastSamples} are the least that a difference can be significant with.`,
    )
  }
  if (starts < leastStarts) {
    const missing = leastStarts - starts
    return unknown(
      `needs ${count(missing, 'more start')}`,
      `The baseline has ${count(starts, 'start')}; the noise between starts can be learnt from ${leastStarts}. ` +
        `Record with \`npm run baseline -- --starts ${missing}\`.`,
    )
  }
  if (Math.min(...baselineRuns.map(median)) <= 0) {
    return unknown(
      'the baseline is not above 0',
      'A change is a share of the baseline, and a median of the baseline is 0 or less.',
    )
  }
  return judge(input)
}

/** The comparison for a metric whose baseline cannot be used; the reason says why and what to do. */
export function noBaseline(
  { metric, unit, better, samples }: Pick<ComparisonInput, 'metric' | 'unit' | 'better' | 'samples'>,
  reason: string,
): BaselineComparison {
  const now = samples.length > 0 ? ` ${formatQuantity(median(samples), unit)}` : ''
  const line = `${label(metric)}${now} no baseline`
  return { metric, unit, better, n: samples.length, starts: 0, verdict: 'no baseline', line, reason }
}

function judge({ metric, unit, better, baselineRuns, samples, minimumEffect }: ComparisonInput): JudgedComparison {
  const judgement = judgeStarts({ better, base: baselineRuns, head: [samples], minimumEffect })
  const { verdict, now, baseline, change, noise, interval, pValue } = judgement
  const numbers = `${share(change)}, noise ${unsignedShare(noise)}, p ${formatP(pValue)}`
  return {
    metric,
    unit,
    better,
    n: samples.length,
    starts: baselineRuns.length,
    verdict,
    now,
    baseline,
    change,
    noise,
    interval,
    pValue,
    line: `${label(metric)} ${formatQuantity(now, unit)} vs ${formatQuantity(baseline, unit)} (${numbers}) ${verdict}`,
    reason: explain(judgement),
  }
}

function explain({ verdict, change, minimum, noise, interval, pValue }: StartsJudgement): string {
  const range = `${share(interval[0])} to ${share(interval[1])}`
  const limits = `the least change that counts (${unsignedShare(minimum)}) and the noise between starts (${unsignedShare(noise)})`
  switch (verdict) {
    case 'improved':
      return `Better by more than ${limits}. Hold it: \`npm run baseline -- --improved\`.`
    case 'regressed':
      return `Worse by more than ${limits}. Meant? Record it: \`npm run baseline -- --replace\`.`
    case 'no change':
      return `The change lies within ${range}, all of it inside the least that counts (${unsignedShare(minimum)}).`
    case 'within noise':
      if (Math.abs(change) <= minimum) {
        return `Less than the least change that counts (${unsignedShare(minimum)}), but up to ${range} is possible.`
      }
      if (Math.abs(change) <= noise) {
        return (
          `Less than the noise between starts (${unsignedShare(noise)}): nothing smaller can be seen with this ` +
          'baseline. Record more starts on a quiet machine.'
        )
      }
      return `Not significant (p ${formatP(pValue)}): more samples would tell.`
  }
}

const label = (metric: string) => (metric.split('.').at(-1) ?? metric).replaceAll('-', ' ')
const share = (value: number) => formatQuantity(value, 'ratio', { signed: true })
const unsignedShare = (value: number) => formatQuantity(value, 'ratio')
const formatP = (p: number) => (p < 0.001 ? '< 0.001' : p < 0.01 ? p.toFixed(3) : p.toFixed(2))
const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`
