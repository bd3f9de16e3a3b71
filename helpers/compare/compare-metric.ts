import { judgeStarts, leastSamples, leastStarts, type StartsJudgement } from '../baselines/index.ts'
import { minimumEffectOf } from '../batches/baseline-samples.ts'
import type { MetricSamples } from '../reporting/index.ts'
import { median, ratioInterval } from '../statistics/index.ts'
import { formatQuantity } from '../units.ts'
import type { JudgedMetric, MetricComparison, NamedRun } from './results-comparison.ts'

/** Holds each metric with samples of the head against the base, in the order of the files. */
export function compareMetrics(base: readonly NamedRun[], head: readonly NamedRun[]): MetricComparison[] {
  const metrics = new Set([...base, ...head].flatMap(({ results }) => results.samples.map(({ metric }) => metric)))
  return [...metrics].map(metric => compareMetric(metric, entriesOf(base, metric), entriesOf(head, metric)))
}

const entriesOf = (runs: readonly NamedRun[], metric: string): MetricSamples[] =>
  runs.flatMap(({ results }) => results.samples.filter(entry => entry.metric === metric && entry.samples.length > 0))

function compareMetric(
  metric: string,
  base: readonly MetricSamples[],
  head: readonly MetricSamples[],
): MetricComparison {
  const refused = (reason: string): MetricComparison => ({ state: 'refused', metric, reason })
  const [first] = base
  if (first === undefined) return refused('only the head has it')
  if (head.length === 0) return refused('only the base has it')
  const difference = definitionDifference(base, head)
  if (difference !== null) return refused(difference)
  const { unit, better, scale } = first
  const minimumEffect = minimumEffectOf(metric, scale)
  if (minimumEffect === null) return refused('this version of the suite does not know which change of it counts')

  const [baseStarts, headStarts] = [base, head].map(entries => entries.map(({ samples }) => samples)) as [
    number[][],
    number[][],
  ]
  const [baseMedians, headMedians] = [baseStarts.map(median), headStarts.map(median)]
  if (Math.min(...baseMedians, ...headMedians) <= 0)
    return refused('a change is a share of the base, and a median of the samples is 0 or less')
  const compared = {
    metric,
    unit,
    better,
    starts: { base: baseStarts.length, head: headStarts.length },
    base: median(baseMedians),
    head: median(headMedians),
    change: median(headMedians) / median(baseMedians) - 1,
  }
  const missing = whatIsMissing(baseStarts, headStarts)
  if (missing !== null) {
    const interval = ratioInterval(baseStarts.flat(), headStarts.flat())
    const change = interval && ([interval[0] - 1, interval[1] - 1] as const)
    return {
      ...compared,
      state: 'unjudged',
      verdict: 'unknown',
      interval: change,
      reason: `${missing} ${ofSamples(change)}`.trimEnd(),
    }
  }
  const judgement = judgeStarts({ better, base: baseStarts, head: headStarts, minimumEffect })
  const spoiledBy = [...base, ...head].find(entry => entry.spoiledBy !== undefined)?.spoiledBy ?? null
  const { noise, interval, pValue } = judgement
  return {
    ...compared,
    state: 'judged',
    noise,
    interval,
    pValue,
    ...verdictOf(judgement, headStarts.length, spoiledBy),
  }
}

/** In what the entries of a metric are not of one and the same thing; null where they are. */
function definitionDifference(base: readonly MetricSamples[], head: readonly MetricSamples[]): string | null {
  const fields: [what: string, tell: (entry: MetricSamples) => string][] = [
    ['models', ({ model }) => model],
    ['scales', ({ scale }) => (scale === 1 ? 'whole' : `÷ ${scale}`)],
    ['workloads', ({ workload }) => workload],
    ['units', ({ unit }) => unit],
    ['directions', ({ better }) => `${better} is better`],
  ]
  for (const [what, tell] of fields) {
    const values = new Set([...base, ...head].map(tell))
    if (values.size > 1) return `measured with different ${what}: ${[...values].join(', ')}`
  }
  return null
}

function whatIsMissing(base: readonly number[][], head: readonly number[][]): string | null {
  if (base.length < leastStarts)
    return (
      `The base has ${count(base.length, 'start')} of the engine, and what starts of the same code differ by can be learnt ` +
      `from ${leastStarts}: this change may be the starts' own noise.`
    )
  const samples = head.flat().length
  return samples < leastSamples
    ? `The head has ${count(samples, 'sample')}; ${leastSamples} are the least that a difference can be significant with.`
    : null
}

function ofSamples(interval: readonly [number, number] | null): string {
  if (interval === null) return ''
  return interval[0] > 0 || interval[1] < 0
    ? 'The samples of the runs do differ, but those of unchanged starts often do as well.'
    : 'The samples of the runs do not show a difference either.'
}

function verdictOf(
  judgement: StartsJudgement,
  headStarts: number,
  spoiledBy: string | null,
): Pick<JudgedMetric, 'verdict' | 'reason'> {
  const { verdict, minimum, noise } = judgement
  const limits = `the least change that counts (${share(minimum)}) and the noise between starts (${share(noise)})`
  const changed = verdict === 'improved' || verdict === 'regressed'
  if (changed && spoiledBy !== null)
    return { verdict: 'inconclusive', reason: `More than ${limits}, but ${spoiledBy}. Measure again on a quiet host.` }
  switch (verdict) {
    case 'improved':
      return { verdict, reason: `Better by more than ${limits}.` }
    case 'regressed': {
      const single = headStarts === 1 ? ' The head is a single start: measure another one to confirm it.' : ''
      return { verdict, reason: `Worse by more than ${limits}.${single}` }
    }
    case 'no change':
      return { verdict, reason: `All of the interval lies inside the least change that counts (${share(minimum)}).` }
    case 'within noise':
      return { verdict, reason: withinNoise(judgement) }
  }
}

function withinNoise({ change, minimum, noise, interval, pValue }: StartsJudgement): string {
  const range = `${share(interval[0], true)} to ${share(interval[1], true)} is possible`
  if (Math.abs(change) <= minimum) return `Less than the least change that counts (${share(minimum)}), but ${range}.`
  if (Math.abs(change) <= noise)
    return `Less than the noise between starts (${share(noise)}); ${range}. More starts would tell.`
  return `Not significant (p ${pValue.toFixed(2)}); ${range}. More starts would tell.`
}

const share = (value: number, signed = false): string => formatQuantity(value, 'ratio', { signed })
const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
