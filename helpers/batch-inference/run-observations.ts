import { rateOf, tokenRateOf } from '../capacity/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { type Observation, observe } from '../observations/index.ts'
import { unaccounted } from './accounts.ts'
import type { ConfigurationRun, RanThrough } from './configuration-run.ts'

/** The numbers of one configuration's run. */
export interface RunObservations {
  /** Requests that completed, of all; none of a run that did not come to its end. */
  success: Observation<'ratio'>
  throughput: Observation<'requests/s'>
  tokenRate: Observation<'tokens/s'>
  peakMemory: Observation<'bytes'>
  /** Ids that are missing, came twice or were never sent. */
  unaccounted: Observation<'count'>
}

/** What is said of a run, under ids such as `002.over-http.success.baseline-128x2`. */
export function runObservations(spec: string, run: ConfigurationRun): RunObservations {
  const { outcome, planned, remarks, scale } = run
  const { name } = planned
  const ended = endedOf(run)
  const found = ended.state === 'measured' ? ended.value : null
  const requests = found === null ? 0 : found.completed + found.failed
  const number = (of: (outcome: RanThrough) => Measured | number): Measured | number =>
    ended.state === 'absent' ? ended : of(ended.value)
  const data = `${requests.toLocaleString('en')} requests`
  const about = { scale, n: requests, data }
  const rates = { ...about, n: found?.blocks.length ?? 0, spoiledBy: found?.disturbance ?? null }
  return {
    success: observe({
      ...about,
      id: `${spec}.success.${name}`,
      title: `requests of ${name} that succeed`,
      unit: 'ratio',
      value: outcome.state === 'failed' ? 0 : number(({ completed }) => completed / requests),
      details:
        outcome.state === 'failed' ? [`${outcome.kind}: ${outcome.message}`] : [...failuresInWords(run), ...remarks],
    }),
    throughput: observe({
      ...rates,
      id: `${spec}.throughput.${name}`,
      title: `requests a second of ${name}`,
      unit: 'requests/s',
      value: rateOf(run),
    }),
    tokenRate: observe({
      ...rates,
      id: `${spec}.token-rate.${name}`,
      title: `answered tokens a second of ${name}`,
      unit: 'tokens/s',
      value: tokenRateOf(run),
    }),
    peakMemory: observe({
      ...about,
      id: `${spec}.peak-memory.${name}`,
      title: `the most memory while ${name} ran`,
      unit: 'bytes',
      value: number(({ peakMemory: peak }) => (peak.state === 'measured' ? peak.value.bytes : peak)),
      details: found?.peakMemory.state === 'measured' ? [found.peakMemory.value.domain] : [],
    }),
    unaccounted: observe({
      ...about,
      id: `${spec}.unaccounted.${name}`,
      title: `requests of ${name} that are not accounted for`,
      unit: 'count',
      value: number(({ accounts }) => unaccounted(accounts)),
    }),
  }
}

/** What came of a run that came to its end; why there is nothing, of another. */
function endedOf({ outcome }: ConfigurationRun): Measured<RanThrough> {
  if (outcome.state === 'ran') return measured(outcome)
  return absent(outcome.state === 'not run' ? outcome.reason : `${outcome.kind}: ${outcome.message}`)
}

/** `3 × timeout`. */
export function failuresInWords({ outcome }: ConfigurationRun): string[] {
  if (outcome.state !== 'ran') return []
  return Object.entries(outcome.failures).map(([kind, n]) => `${n.toLocaleString('en')} × ${kind}`)
}
