import { openCage } from '../../helpers/cage/index.ts'
import { CouldNotMeasureError } from '../../helpers/errors.ts'
import {
  absent,
  type ChosenModel,
  formatQuantity,
  type Lab,
  type Measured,
  type MeasuredTable,
  measured,
  type Observation,
  observe,
} from '../../helpers/index.ts'
import {
  Prover,
  predictionChart,
  predictionScore,
  type TrialGround,
  trialTable,
  tryInCage,
  tryWithinBudget,
} from '../../helpers/limits/index.ts'
import { MemoryLimits } from './limit-memory.ts'
import type { LimitPlan } from './limit-plan.ts'
import { bestTradeOff, type SizedModel, type SustainedLoad, speedOf, sustainedLoad } from './limit-speed.ts'

const SPEC = '000.limit-discovery'
/** What the plan wants to be loaded at once. */
export const plannedAtOnce = { small: 6, large: 2 } as const

export interface LimitStudy {
  /** Against what the plan wants: 1 is six small or two large ones. */
  atOnce: Observation<'ratio'>
  small: Observation<'count'>
  large: Observation<'count'>
  largestModel: Observation<'bytes'>
  largestContext: Observation<'count'>
  load: SustainedLoad
  tradeOff: Observation<'tokens/s'>
  /** Requests that memory has contexts for, against those that are answered in time. */
  bottleneck: Observation<'factor'>
  /** Of what was tried, how often it was said rightly beforehand whether it fits. */
  right: Observation<'count'>
  sizes: SizedModel[]
}

/** Looks for the limits of this machine: how much fits, and how much of it is still fast. */
export async function discoverLimits(lab: Lab, plan: LimitPlan): Promise<LimitStudy> {
  const small = await lab.choose({ model: plan.small, role: 'small' })
  const ground = await groundOf(lab, plan)
  const prover = new Prover(ground.try)
  const memory = new MemoryLimits(lab, plan, prover)

  lab.say(`how many ${small.name} at once`)
  const smallOnes = await memory.instances(small, plannedAtOnce.small)
  const large = await lab.choose({ model: plan.large, role: 'large' })
  lab.say(`how many ${large.name} at once`)
  const largeOnes = await memory.instances(large, plannedAtOnce.large)
  lab.say('the largest model')
  const largestModel = await memory.largestModel(small)
  lab.say('the largest context')
  const largestContext = await memory.largestContext(await lab.choose({ model: plan.longContext, role: 'large' }))

  const sizes: SizedModel[] = []
  for (const name of plan.sizes) {
    const model = await lab.choose({ model: name, role: 'sized' })
    // PERF_MODEL may name one for all.
    if (sizes.every(({ model: { name: known } }) => known !== model.name)) sizes.push(await speedOf(lab, plan, model))
  }
  lab.say(`how many requests of ${small.name} at once`)
  const load = await sustainedLoad(lab, plan, small)

  const { rows } = prover
  const score = predictionScore(rows)
  const predictions = predictionsOf(rows.length === 0 ? null : score, small.scale, ground.words)
  const study: LimitStudy = {
    atOnce: atOnce(smallOnes, largeOnes),
    small: smallOnes,
    large: largeOnes,
    largestModel,
    largestContext,
    load,
    tradeOff: bestTradeOff(sizes, plan),
    bottleneck: bottleneck(await memory.contextsInMemory(small), load, small, plan),
    right: predictions.right,
    sizes,
  }
  const table = trialTable(`${SPEC}.steps`, 'What was predicted to fit, and what did', rows, [ground.words])
  await lab.note(
    study.atOnce,
    smallOnes,
    largeOnes,
    largestModel,
    largestContext,
    ...Object.values(load),
    study.tradeOff,
    study.bottleneck,
    ...Object.values(predictions),
    ...sizes.flatMap(({ decodeRate, ttft, memory }) => [decodeRate, ttft, memory]),
    table,
    sizeTable(sizes),
    predictionChart({ id: `${SPEC}.predictions`, subtitle: ground.words }, rows),
  )
  return study
}

/** A cage where there can be one; else the engine under test, watched. A server that is not ours is not driven to its limits. */
async function groundOf(lab: Lab, { cageLimitMs }: LimitPlan): Promise<{ try: TrialGround; words: string }> {
  const { engine } = lab
  if (engine.identity.origin === 'attached') {
    const why = `the server at ${engine.identity.url} is not ours: it is not driven to its limits`
    return { try: () => Promise.reject(new CouldNotMeasureError(why)), words: why }
  }
  if (engine.identity.name !== 'embedded')
    return { try: trial => tryWithinBudget(engine, trial), words: `in ${engine.identity.name}, by what was measured` }
  const probe = openCage({ limitBytes: 2 ** 30 })
  if (probe.state === 'absent') {
    const words = `by what was measured, as there is no cage: ${probe.reason}`
    return { try: trial => tryWithinBudget(engine, trial), words }
  }
  await probe.value[Symbol.asyncDispose]()
  return {
    words: 'in an embedded engine of its own, in a memory cgroup of the limit',
    async try(trial) {
      const end = await tryInCage({ ...trial, timeLimitMs: cageLimitMs })
      if (end.state === 'absent') throw new CouldNotMeasureError(end.reason)
      return end.value
    },
  }
}

function atOnce(small: Observation<'count'>, large: Observation<'count'>): Observation<'ratio'> {
  const about = {
    id: `${SPEC}.at-once`,
    title: 'models at once, of the six small or two large ones of the plan,',
    unit: 'ratio',
    scale: small.scale,
  } as const
  if (small.measured.state === 'absent') return observe({ ...about, value: small.measured })
  const smallShare = small.measured.value.value / plannedAtOnce.small
  const isLargeKnown = large.measured.state === 'measured'
  const largeShare = large.measured.state === 'measured' ? large.measured.value.value / plannedAtOnce.large : 0
  const details = [
    `${small.measured.value.value} ${small.title.replace('instances of ', '').replace(' at once', '')}`,
    ...(large.measured.state === 'measured'
      ? [`or ${large.measured.value.value} ${large.title.replace('instances of ', '').replace(' at once', '')}`]
      : []),
    ...small.details,
  ]
  return observe({ ...about, value: Math.max(smallShare, largeShare), n: isLargeKnown ? 2 : 1, details })
}

function bottleneck(
  contexts: Measured,
  { concurrency }: SustainedLoad,
  model: ChosenModel,
  { contextTokens }: LimitPlan,
): Observation<'factor'> {
  const about = {
    id: `${SPEC}.bottleneck`,
    title: 'requests that memory has contexts for, as a multiple of those that are answered in time',
    unit: 'factor',
    scale: model.scale,
    spoiledBy: concurrency.spoiledBy,
  } as const
  if (contexts.state === 'absent') return observe({ ...about, value: contexts })
  if (concurrency.measured.state === 'absent') return observe({ ...about, value: concurrency.measured })
  const inTime = concurrency.measured.value.value
  const details = [
    `${contexts.value.toLocaleString('en')} contexts of ${contextTokens.toLocaleString('en')} tokens by prediction`,
    `${inTime} in time`,
  ]
  return observe({ ...about, value: contexts.value / inTime, details })
}

function predictionsOf(score: ReturnType<typeof predictionScore> | null, scale: number, words: string) {
  const none = absent('nothing was tried')
  const counted = <T>(pick: (of: NonNullable<typeof score>) => T) => (score === null ? none : measured(pick(score)))
  const about = { unit: 'count', scale, n: score?.cases ?? 0 } as const
  const id = (what: string) => `${SPEC}.prediction.${what}`
  const ratio = score?.ratio ?? null
  return {
    cases: observe({ ...about, id: id('cases'), title: 'predictions that were tried', value: counted(of => of.cases) }),
    right: observe({
      ...about,
      id: id('right'),
      title: 'predictions that were right',
      value: counted(of => of.right),
      details: [`of ${score?.cases ?? 0} that were tried`, words],
    }),
    falseFits: observe({
      ...about,
      id: id('false-fits'),
      title: 'loads that were predicted to fit and did not',
      value: counted(of => of.falseFits),
      details: score === null ? [] : [`of ${score.cases} that were tried`],
    }),
    falseAlarms: observe({
      ...about,
      id: id('false-alarms'),
      title: 'loads that were predicted not to fit and did',
      value: counted(of => of.falseAlarms),
    }),
    ratio: observe({
      id: id('ratio'),
      title: 'predicted memory, as a multiple of the real',
      unit: 'factor',
      scale,
      n: score?.cases ?? 0,
      value: ratio === null ? absent('nothing that was tried fitted') : ratio.median,
      details: ratio === null ? [] : [`${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`],
    }),
  }
}

function sizeTable(sizes: readonly SizedModel[]): MeasuredTable {
  const cell = ({ measured, unit }: Observation) =>
    measured.state === 'measured' ? formatQuantity(measured.value.value, unit) : '–'
  return {
    id: `${SPEC}.sizes`,
    title: 'Speed against size, one request at a time',
    columns: ['model', 'memory', 'TTFT', 'decode'],
    rows: sizes.map(({ name, scale, memory, ttft, decodeRate }) => [
      scale === 1 ? name : `${name} ÷ ${scale}`,
      cell(memory),
      cell(ttft),
      cell(decodeRate),
    ]),
    notes: [],
  }
}
