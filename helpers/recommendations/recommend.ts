import type { ConfigurationRun, RanThrough } from '../batch-inference/configuration-run.ts'
import { rateOf } from '../capacity/index.ts'
import { outstandingOf } from '../configurations/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { ratioOfEstimates } from '../statistics/index.ts'
import type { Estimate } from '../verdicts/assessment.ts'
import { safeGpuBytes } from './safe-gpu.ts'

/** Plan 002's three. */
export type RecommendationRole = 'production' | 'high throughput' | 'memory-conservative'

interface RecommendationBase {
  role: RecommendationRole
  /** How it is chosen, a sentence. */
  rule: string
}

/** A configuration that the measurements recommend, or why they recommend none. Plain data. */
export type Recommendation =
  | (RecommendationBase & {
      state: 'recommended'
      run: ConfigurationRun
      /** Requests a second. */
      rate: Estimate
      peakMemory: RanThrough['peakMemory']
      /** Bytes of the smallest common GPU that holds it. */
      safeGpuBytes: Measured
      /** Names of the configurations that it was chosen over. */
      over: string[]
      /** What limits it, a sentence each. */
      caveats: string[]
    })
  | (RecommendationBase & { state: 'not recommended'; reason: string })

/** As much of the best rate is enough for production. */
const ENOUGH = 0.9
/** Peaks that are so close are the same. */
const SAME_MEMORY = 1.02

const rules: Record<RecommendationRole, string> = {
  production: `the fewest requests outstanding at a rate that is not measurably below ${100 * ENOUGH} % of the best`,
  'high throughput': 'the highest rate, by the lower end of its interval',
  'memory-conservative': `the least peak memory, and among those within ${Math.round(100 * (SAME_MEMORY - 1))} % of it the highest rate`,
}

/**
 * Plan 002's three configurations, from what was measured. Only runs of one model are compared, on one stack and at one
 * scale: those of which there are most. Only sound ones are chosen from: they ran through, no request failed, every row came
 * back once. Two at least, or there is nothing to choose from.
 */
export function recommend(runs: readonly ConfigurationRun[]): Recommendation[] {
  const candidates = largestGroup(runs.flatMap(candidateOf))
  return [
    recommendation('production', candidates, runs, fewestOutstanding),
    recommendation('high throughput', candidates, runs, measuredFastest),
    recommendation('memory-conservative', candidates, runs, leastMemory),
  ]
}

interface Candidate {
  run: ConfigurationRun
  outcome: RanThrough
  rate: Estimate
}

function candidateOf(run: ConfigurationRun): Candidate[] {
  const { outcome } = run
  if (outcome.state !== 'ran' || outcome.failed > 0) return []
  const { missing, twice, unknown } = outcome.accounts
  if (missing.length + twice.length + unknown.length > 0) return []
  const rate = rateOf(run)
  return rate.state === 'measured' ? [{ run, outcome, rate: rate.value }] : []
}

function largestGroup(candidates: readonly Candidate[]): Candidate[] {
  const groups = Object.values(
    Object.groupBy(candidates, ({ run }) => `${run.ranOn} ${run.scale} ${run.planned.model.name}`),
  )
  // The sort is stable: of two groups of a size the first one that was run.
  return groups.toSorted((a, b) => (b?.length ?? 0) - (a?.length ?? 0))[0] ?? []
}

/** One of at least two candidates, and those that it was chosen from. */
type Choose = (candidates: readonly Candidate[]) => Measured<{ chosen: Candidate; from: readonly Candidate[] }>

function recommendation(
  role: RecommendationRole,
  candidates: readonly Candidate[],
  runs: readonly ConfigurationRun[],
  choose: Choose,
): Recommendation {
  const rule = rules[role]
  if (candidates.length < 2) {
    const reason = `${runs.length} measured, and no two of one model ran through with every request answered: there is nothing to choose from`
    return { role, rule, state: 'not recommended', reason }
  }
  const choice = choose(candidates)
  if (choice.state === 'absent') return { role, rule, state: 'not recommended', reason: choice.reason }
  const { chosen, from } = choice.value
  const { run, outcome, rate } = chosen
  return {
    role,
    rule,
    state: 'recommended',
    run,
    rate,
    peakMemory: outcome.peakMemory,
    safeGpuBytes: safeGpuBytes(outcome.peakMemory, run.scale),
    over: from.filter(candidate => candidate !== chosen).map(candidate => candidate.run.planned.name),
    caveats: caveatsOf(chosen, from),
  }
}

function caveatsOf({ run, rate }: Candidate, from: readonly Candidate[]): string[] {
  const disturbed = from
    .filter(({ outcome }) => outcome.disturbance !== null)
    .map(candidate => candidate.run.planned.name)
  return [
    ...run.remarks,
    ...(run.scale === 1 ? [] : [`measured with a model of 1/${run.scale} of its size`]),
    ...(rate.interval === null ? ['the run was too short for an interval: its rate was taken as it is'] : []),
    ...(disturbed.length === 0 ? [] : [`the host was disturbed while these ran: ${disturbed.join(', ')}`]),
  ]
}

const atLeast = ({ value, interval }: Estimate): number => interval?.[0] ?? value

/** The first of those with the highest lower end; of one candidate at least. */
const fastestOf = (candidates: readonly Candidate[]): Candidate =>
  candidates.reduce((best, candidate) => (atLeast(candidate.rate) > atLeast(best.rate) ? candidate : best))

const measuredFastest: Choose = candidates => measured({ chosen: fastestOf(candidates), from: candidates })

const fewestOutstanding: Choose = candidates => {
  const best = fastestOf(candidates)
  const enough = candidates.filter(candidate => {
    if (candidate === best) return true
    const { value, interval } = ratioOfEstimates(best.rate, candidate.rate)
    return (interval?.[1] ?? value) >= ENOUGH
  })
  const outstanding = ({ run }: Candidate): number => outstandingOf(run.configuration)
  const fewest = Math.min(...enough.map(outstanding))
  const chosen = fastestOf(enough.filter(candidate => outstanding(candidate) === fewest))
  return measured({ chosen, from: candidates })
}

const leastMemory: Choose = candidates => {
  const weighed = candidates.flatMap(candidate => {
    const { peakMemory } = candidate.outcome
    return peakMemory.state === 'measured' ? [{ candidate, ...peakMemory.value }] : []
  })
  const unknown = candidates.map(({ outcome }) => outcome.peakMemory).find(({ state }) => state === 'absent')
  if (weighed.length < 2 && unknown?.state === 'absent') return absent(`peak memory is not known: ${unknown.reason}`)
  const domains = [...new Set(weighed.map(({ domain }) => domain))]
  if (domains.length > 1) return absent(`their peak memories cannot be compared: they are ${domains.join(' and ')}`)
  const least = Math.min(...weighed.map(({ bytes }) => bytes))
  const light = weighed.filter(({ bytes }) => bytes <= least * SAME_MEMORY)
  return measured({
    chosen: fastestOf(light.map(({ candidate }) => candidate)),
    from: weighed.map(({ candidate }) => candidate),
  })
}
