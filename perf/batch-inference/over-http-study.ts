import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  accountsOf,
  type HttpPlan,
  type HttpRun,
  HttpRunner,
  type RunObservations,
  referenceOf,
  runObservations,
  type Scaling,
  scalingAgainst,
  scalingChart,
  unaccounted,
} from '../../helpers/batch-inference/index.ts'
import { capacityTable, marginOf, rateOf } from '../../helpers/capacity/index.ts'
import { type BatchConfiguration, beforeAndAfter, matrixOf } from '../../helpers/configurations/index.ts'
import type { Engine } from '../../helpers/engines/index.ts'
import { absent, type Lab, type Measured, measured, type Observation, observe } from '../../helpers/index.ts'
import { openRecords, readRecords } from '../../helpers/load/index.ts'
import { recommend, recommendationTable } from '../../helpers/recommendations/index.ts'
import { ratioOfEstimates } from '../../helpers/statistics/index.ts'
import { checklist } from './over-http-checklist.ts'
import { type Trial, trialsOf } from './over-http-models.ts'
import { contextFor, type OverHttpPlan, sizedConfiguration } from './over-http-plan.ts'
import { rampUp } from './over-http-ramp-up.ts'
import { writeRecommended } from './over-http-recommended.ts'
import { beforeAndAfterTable, type Gain, runsTable, scalingTable } from './over-http-tables.ts'

const SPEC = '002.over-http'

/** By the name of the configuration. */
type Runs = ReadonlyMap<string, HttpRun>

/** Plan 002 over HTTP. */
export interface OverHttpStudy {
  of(name: string): RunObservations
  /** Throughput as a share of what linear scaling would give. */
  scalingOf(name: string): Observation<'ratio'>
  /** Throughput after an optimisation, as a multiple of that before. */
  gainOf(change: string): Observation<'factor'>
  slaMargin: Observation<'ratio'>
  unaccounted: Observation<'count'>
  missingInLog: Observation<'count'>
  gpuUtilisation: Observation<'ratio'>
  recommended: Observation<'count'>
}

/** `restart` puts a fresh engine in the place of one that died, for the configurations after it. */
export async function measureOverHttp(
  lab: Lab,
  plan: OverHttpPlan,
  restart: () => Promise<Measured<Engine>>,
): Promise<OverHttpStudy> {
  const { configurations } = plan
  const { runDirectory, options } = lab.context
  const trials = await trialsOf(lab, plan)
  const file = join(runDirectory, `${SPEC}.records.jsonl`)
  const runs = new Map<string, HttpRun>()
  const { gpuUtilisation, table: ramp } = await withLog(file, plan, async records => {
    const runner = new HttpRunner(lab, { spec: SPEC, records, isStreamed: options.stream, restart })
    for (const planned of inOrder(configurations)) {
      const trial = trials.get(planned.name) ?? absent('it was not looked at')
      runs.set(
        planned.name,
        trial.state === 'measured'
          ? await runner.run(httpPlan(plan, trial.value))
          : notRun(plan, planned, trial.reason),
      )
    }
    const promised = trials.get(promisedOf(configurations, runs)?.name ?? '') ?? absent('there is no configuration')
    return await rampUp(
      lab,
      SPEC,
      runner,
      promised.state === 'measured' ? measured(httpPlan(plan, promised.value)) : promised,
    )
  })
  const inFileOrder = configurations.flatMap(({ name }) => runs.get(name) ?? [])
  const observations = new Map([...runs].map(([name, { run }]) => [name, runObservations(SPEC, run)]))
  const scalings = scalingsOf(configurations, runs)
  const gains = gainsOf(configurations, runs)
  const missingInLog = await loggedOnce(file, inFileOrder)
  const recommendations = recommend(inFileOrder.map(({ run }) => run))
  const about = [title(lab.engine), `profile ${options.profile}`].join(', ')
  const files = await writeRecommended(recommendations, runDirectory, about)
  const study = {
    slaMargin: slaMargin(plan, runs),
    unaccounted: unaccountedOf(inFileOrder),
    missingInLog,
    gpuUtilisation,
    recommended: observe({
      id: `${SPEC}.recommended`,
      title: 'recommended configurations, each in a file that runs again',
      unit: 'count',
      value: files.length === 0 ? absent(whyNone(recommendations)) : files.length,
      details: files,
    }),
  }
  await lab.note(
    ...[...observations.values()].flatMap(all => Object.values(all)),
    ...Object.values(study),
    ...scalings.values().map(({ observation }) => observation),
    ...gains.map(({ gain }) => gain),
    ...[
      runsTable(`${SPEC}.configurations`, inFileOrder),
      scalingTable(`${SPEC}.scaling`, [...scalings.values().map(({ scaling }) => scaling)]),
      beforeAndAfterTable(`${SPEC}.before-and-after`, gains, runs),
      capacityOf(lab, plan, runs),
      ...(ramp === null ? [] : [ramp]),
    ].filter(({ rows }) => rows.length > 0),
    scalingChart({ id: `${SPEC}.scaling`, subtitle: about }, [...scalings.values().map(({ scaling }) => scaling)]),
    recommendationTable(`${SPEC}.recommendations`, recommendations),
    checklist({ id: `${SPEC}.checklist`, runs: inFileOrder, gpuUtilisation, missingInLog, logFile: basename(file) }),
  )
  return {
    ...study,
    of: name => known(observations.get(name), name),
    scalingOf: name => scalings.get(name)?.observation ?? noScaling(name),
    gainOf: change => known(gains.find(gain => gain.change === change)?.gain, change),
  }
}

/** Those of one model one after the other, so that each is loaded once; the models in the order of the file. */
function inOrder(configurations: readonly BatchConfiguration[]): BatchConfiguration[] {
  return Object.values(Object.groupBy(configurations, ({ model }) => model.name)).flatMap(group => group ?? [])
}

function httpPlan(plan: OverHttpPlan, trial: Trial): HttpPlan {
  const { configuration, planned } = trial
  return {
    ...trial,
    contextTokens: contextFor(configuration),
    windowMs: planned.category === 'sla' ? plan.slaWindowMs : null,
  }
}

function notRun(plan: OverHttpPlan, planned: BatchConfiguration, reason: string): HttpRun {
  const configuration = sizedConfiguration(planned, plan)
  return {
    run: { configuration, planned, ranOn: 'http', scale: 1, remarks: [], outcome: { state: 'not run', reason } },
    latenciesMs: [],
  }
}

async function withLog<T>(
  file: string,
  { configurations }: OverHttpPlan,
  run: (records: Awaited<ReturnType<typeof openRecords>>) => Promise<T>,
): Promise<T> {
  const workloadHash = createHash('sha256').update(JSON.stringify(configurations)).digest('hex').slice(0, 16)
  await using records = await openRecords(file, { runId: SPEC, workloadHash, resume: existsSync(file) })
  return await run(records)
}

/** The one whose rate the promise rests on: without one of that category the first that ran. */
const promisedOf = (configurations: readonly BatchConfiguration[], runs: Runs): BatchConfiguration | undefined =>
  configurations.find(({ category }) => category === 'sla') ??
  configurations.find(({ name }) => runs.get(name)?.run.outcome.state === 'ran')

const NOTHING_RAN = 'a configuration that runs through'

function slaMargin({ configurations, slaRequests, slaWindowMs }: OverHttpPlan, runs: Runs) {
  const promised = promisedOf(configurations, runs)
  const run = runs.get(promised?.name ?? '')?.run
  const requests = slaRequests.toLocaleString('en')
  return observe({
    id: `${SPEC}.sla-margin`,
    title: `share of 24 h that is left when ${requests} requests are done at the rate of ${promised?.name ?? NOTHING_RAN}`,
    unit: 'ratio',
    value: run === undefined ? absent('there is no configuration') : marginOf(slaRequests, rateOf(run), slaWindowMs),
    n: run?.outcome.state === 'ran' ? run.outcome.completed : 0,
    data: `${run?.outcome.state === 'ran' ? run.outcome.completed.toLocaleString('en') : 0} requests`,
    spoiledBy: run?.outcome.state === 'ran' ? run.outcome.disturbance : null,
    scale: run?.scale ?? 1,
  })
}

function capacityOf(lab: Lab, { configurations }: OverHttpPlan, runs: Runs) {
  const promised = promisedOf(configurations, runs)
  const run = runs.get(promised?.name ?? '')?.run
  return capacityTable({
    id: `${SPEC}.capacity`,
    of: `${promised?.name ?? NOTHING_RAN} on ${title(lab.engine)}`,
    rate: run === undefined ? absent('there is no configuration') : rateOf(run),
    notes: run === undefined || run.scale === 1 ? [] : [`measured with a model of 1/${run.scale} of its size`],
  })
}

function scalingsOf(configurations: readonly BatchConfiguration[], runs: Runs) {
  const found = new Map<string, { scaling: Scaling; observation: Observation<'ratio'> }>()
  for (const group of Object.values(Object.groupBy(matrixOf(configurations), ({ model }) => model.name))) {
    const all = (group ?? []).flatMap(({ name }) => runs.get(name)?.run ?? [])
    const ran = all.filter(({ outcome }) => outcome.state === 'ran')
    const smallest = referenceOf(ran.map(({ configuration }) => configuration))
    const reference = all.find(({ configuration }) => configuration === smallest)
    if (reference === undefined || all.length < 2) continue
    for (const run of all) {
      const scaling = scalingAgainst(reference, run)
      const { name } = run.planned
      const observation = observe({
        id: `${SPEC}.scaling.${name}`,
        title: `throughput of ${name} as a share of linear scaling from ${reference.planned.name}`,
        unit: 'ratio',
        value: scaling.efficiency,
        n: run.outcome.state === 'ran' ? run.outcome.blocks.length : 0,
        details: [`${scaling.load} times as many requests outstanding`],
        spoiledBy: disturbanceOf(run) ?? disturbanceOf(reference),
        scale: run.scale,
      })
      found.set(name, { scaling, observation })
    }
  }
  return found
}

const disturbanceOf = ({ outcome }: HttpRun['run']): string | null =>
  outcome.state === 'ran' ? outcome.disturbance : null

const noScaling = (name: string): Observation<'ratio'> =>
  observe({
    id: `${SPEC}.scaling.${name}`,
    title: `throughput of ${name} as a share of linear scaling`,
    unit: 'ratio',
    value: absent('there is no other configuration of its model to hold it against'),
  })

function gainsOf(configurations: readonly BatchConfiguration[], runs: Runs): Gain[] {
  return beforeAndAfter(configurations).map(pair => {
    const [before, after] = [pair.before, pair.after].map(({ name }) => runs.get(name)?.run)
    const rates = [before, after].map(run => (run === undefined ? absent('it was not run') : rateOf(run)))
    const missing = rates.find(({ state }) => state === 'absent')
    const [first, second] = rates.flatMap(rate => (rate.state === 'measured' ? [rate.value] : []))
    return {
      ...pair,
      gain: observe({
        id: `${SPEC}.gain.${pair.change}`,
        title: `throughput after the change of ${pair.change}, as a multiple of that before`,
        unit: 'factor',
        value:
          first === undefined || second === undefined
            ? (missing ?? absent('it was not run'))
            : measured(ratioOfEstimates(first, second)),
        spoiledBy: (before && disturbanceOf(before)) ?? (after && disturbanceOf(after)) ?? null,
        scale: after?.scale ?? 1,
      }),
    }
  })
}

function unaccountedOf(runs: readonly HttpRun[]): Observation<'count'> {
  const outcomes = runs.flatMap(({ run: { outcome } }) => (outcome.state === 'ran' ? [outcome] : []))
  const requests = outcomes.reduce((sum, { completed, failed }) => sum + completed + failed, 0)
  return observe({
    id: `${SPEC}.unaccounted`,
    title: 'requests that are missing, came back twice or were never sent',
    unit: 'count',
    value:
      outcomes.length === 0
        ? absent('no configuration ran through')
        : outcomes.reduce((sum, { accounts }) => sum + unaccounted(accounts), 0),
    n: requests,
    data: `${requests.toLocaleString('en')} requests of ${outcomes.length} configurations`,
  })
}

/** What is on the disk, held against what the configurations that ran through should have sent. */
async function loggedOnce(file: string, runs: readonly HttpRun[]): Promise<Observation<'count'>> {
  const sound = runs.flatMap(({ run }) => (run.outcome.state === 'ran' ? [run] : []))
  const names = new Set(sound.map(({ planned }) => planned.name))
  const wanted = sound.flatMap(({ planned, configuration }) =>
    Array.from({ length: configuration.data.samples }, (_, index) => `${planned.name}.${index}`),
  )
  const logged: string[] = []
  for await (const { id } of readRecords(file)) if (names.has(id.slice(0, id.lastIndexOf('.')))) logged.push(id)
  return observe({
    id: `${SPEC}.missing-in-log`,
    title: 'requests that are not in the request log, or are there twice',
    unit: 'count',
    value: sound.length === 0 ? absent('no configuration ran through') : unaccounted(accountsOf(wanted, logged)),
    n: wanted.length,
    data: `${wanted.length.toLocaleString('en')} requests`,
  })
}

const whyNone = (recommendations: ReturnType<typeof recommend>): string =>
  [...new Set(recommendations.flatMap(each => (each.state === 'not recommended' ? [each.reason] : [])))].join('; ')

const title = ({ identity: { name, version } }: Engine): string => `${name} ${version}`

function known<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new TypeError(`${name} is not among the configurations of this run`)
  return found
}
