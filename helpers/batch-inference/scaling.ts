import { rateOf } from '../capacity/index.ts'
import { type BatchConfiguration, outstandingOf } from '../configurations/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { ratioOfEstimates } from '../statistics/index.ts'
import type { Estimate } from '../verdicts/assessment.ts'
import type { ConfigurationRun } from './configuration-run.ts'

/** How the rate of a configuration grows with the requests that are outstanding, against another one of its model. */
export interface Scaling {
  reference: ConfigurationRun
  run: ConfigurationRun
  /** How many times as many requests are outstanding. */
  load: number
  /** How many times as many requests a second. */
  speedUp: Measured<Estimate>
  /** speedUp / load: 1 is linear. */
  efficiency: Measured<Estimate>
}

/** The configuration with the fewest requests outstanding, of several with the same model; the first one of equals. */
export function referenceOf<T extends Pick<BatchConfiguration, 'inference'>>(
  configurations: readonly T[],
): T | undefined {
  return configurations.toSorted((a, b) => outstandingOf(a) - outstandingOf(b))[0]
}

/** Against itself it is 1, without an interval. Absent where one of them has no rate. */
export function scalingAgainst(reference: ConfigurationRun, run: ConfigurationRun): Scaling {
  const one = measured<Estimate>({ value: 1, interval: null })
  if (run === reference && rateOf(run).state === 'measured')
    return { reference, run, load: 1, speedUp: one, efficiency: one }
  const load = outstandingOf(run.configuration) / outstandingOf(reference.configuration)
  const [before, after] = [rateOf(reference), rateOf(run)]
  const speedUp =
    after.state === 'absent'
      ? after
      : before.state === 'absent'
        ? without(reference, before.reason)
        : ratio(before.value, after.value)
  return {
    reference,
    run,
    load,
    speedUp,
    efficiency: speedUp.state === 'absent' ? speedUp : measured(divided(speedUp.value, load)),
  }
}

const without = ({ planned }: ConfigurationRun, reason: string) =>
  absent(`${planned.name}, which it is held against: ${reason}`)

const ratio = (before: Estimate, after: Estimate): Measured<Estimate> =>
  before.value > 0
    ? measured(ratioOfEstimates(before, after))
    : absent('the one that it is held against answered nothing')

const divided = ({ value, interval }: Estimate, by: number): Estimate => ({
  value: value / by,
  interval: interval === null ? null : [interval[0] / by, interval[1] / by],
})
