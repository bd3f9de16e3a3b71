/**
 * How often the gate is right, on made-up engine starts: `node helpers/baselines/simulation.ts [baselines]` prints the
 * table that the docstring of `compareWithBaseline` quotes. A start has a level of its own around the true one
 * (log-normal, SD `between`), its samples scatter around that level (SD `within`).
 */
import { seededRandom } from '../statistics/index.ts'
import { compareWithBaseline } from './compare.ts'
import { confirmRegression } from './confirm.ts'

export interface Scenario {
  within: number
  between: number
  /** True change of the latency: 0.2 is 20 % slower. */
  shift: number
  /** Engine starts in the baseline. */
  starts: number
  samplesPerStart: number
  /** Baselines recorded; each is used for `runsPerBaseline` runs, since those share its luck. */
  baselines: number
  runsPerBaseline: number
  seed: number
}

export interface Rates {
  /** Share of runs that regressed on the first start. */
  regressed: number
  /** Share of runs whose regression the second start confirmed. */
  confirmed: number
  /** Share of runs called `no change`. */
  noChange: number
  /** Share of baselines whose runs regressed at most once. */
  atMostOneRegressed: number
  /** Share of baselines without a confirmed regression among their runs. */
  noneConfirmed: number
  /** Share of baselines with at least nine tenths of their runs confirmed. */
  nineTenthsConfirmed: number
}

export function simulate(scenario: Scenario): Rates {
  const { shift, starts, baselines, runsPerBaseline } = scenario
  const random = seededRandom(scenario.seed)
  const total = { regressed: 0, confirmed: 0, noChange: 0, atMostOne: 0, none: 0, nine: 0 }
  for (let i = 0; i < baselines; i++) {
    const baselineRuns = Array.from({ length: starts }, () => engineStart(scenario, 0, random))
    const compare = () =>
      compareWithBaseline({
        metric: 'simulated.latency',
        unit: 'ms',
        better: 'lower',
        baselineRuns,
        samples: engineStart(scenario, shift, random),
        minimumEffect: { relative: 0.05, absolute: 0 },
      })
    let regressed = 0
    let confirmed = 0
    for (let run = 0; run < runsPerBaseline; run++) {
      const first = compare()
      if (first.verdict === 'no change') total.noChange++
      if (first.verdict !== 'regressed') continue
      regressed++
      if (confirmRegression(first, compare()).state === 'confirmed') confirmed++
    }
    total.regressed += regressed
    total.confirmed += confirmed
    if (regressed <= 1) total.atMostOne++
    if (confirmed === 0) total.none++
    if (confirmed >= 0.9 * runsPerBaseline) total.nine++
  }
  const runs = baselines * runsPerBaseline
  return {
    regressed: total.regressed / runs,
    confirmed: total.confirmed / runs,
    noChange: total.noChange / runs,
    atMostOneRegressed: total.atMostOne / baselines,
    noneConfirmed: total.none / baselines,
    nineTenthsConfirmed: total.nine / baselines,
  }
}

function engineStart({ within, between, samplesPerStart }: Scenario, shift: number, random: () => number): number[] {
  const level = 100 * (1 + shift) * Math.exp(between * normal(random))
  return Array.from({ length: samplesPerStart }, () => level * Math.exp(within * normal(random)))
}

/** Box and Muller's transform. */
const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

if (process.argv[1] === import.meta.filename) {
  const baselines = Number(process.argv[2] ?? 200)
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`.padStart(8)
  for (const starts of [3, 5, 7]) {
    for (const [within, between] of [
      [0.01, 0.005],
      [0.02, 0.02],
      [0.03, 0.04],
    ] as const) {
      for (const shift of [0, 0.1, 0.2]) {
        const began = performance.now()
        const scenario = {
          within,
          between,
          shift,
          starts,
          samplesPerStart: 10,
          baselines,
          runsPerBaseline: 10,
          seed: 1,
        }
        const rates = Object.entries(simulate(scenario)).map(([name, value]) => `${name} ${percent(value)}`)
        console.log(
          `${starts} starts, within ${percent(within)}, between ${percent(between)}, shift ${percent(shift)}: ` +
            `${rates.join('  ')} (${Math.round(performance.now() - began)} ms)`,
        )
      }
    }
  }
}
