import {
  absent,
  formatQuantity,
  type Measured,
  type MeasuredTable,
  type Observation,
  observe,
} from '../../helpers/index.ts'
import { budgetFor, type MemoryBudget } from '../../helpers/lab/index.ts'

/** So many small models loaded. */
export interface Step {
  instances: number
  /** Of all models together. */
  bytes: Measured
  answered: number
}

/** Where it went no further, or would have had to stop. */
export interface Pressure {
  kind: 'budget' | 'engine' | 'machine'
  /** Small models that were there, and their memory. */
  instances: number
  bytes: Measured
  what: string
}

/** One large model with small ones. */
export interface Mix {
  names: string[]
  answered: number
  bytes: Measured
  /** What the engine said of each that it did not load. */
  refusals: string[]
}

export interface CapacitySightings {
  steps: readonly Step[]
  pressures: readonly Pressure[]
  mix: Mix
  budget: MemoryBudget
  /** Of one small model. */
  weightBytes: number
  /** Synthetic models of 16 bits a weight. */
  is16Bit: boolean
}

export interface CapacityReport {
  /** Small models within the budget, all of them loaded and answering. */
  instances: Observation<'count'>
  /** Models of the mix, all of them loaded and answering. */
  mixed: Observation<'count'>
  mixedMemory: Observation<'bytes'>
  /** Small models that were there when the budget was exceeded, or eviction or failure began; and their memory. */
  pressureInstances: Observation<'count'>
  pressureBytes: Observation<'bytes'>
  /** Small models that the engine held when it began by itself to evict or to refuse. */
  engineLimit: Observation<'count'>
  /** All numbers, these and more. */
  observations: Observation[]
  table: MeasuredTable
}

const SPEC = '003.concurrent-capacity'

export function capacityReport(
  sightings: CapacitySightings,
  plan: { small: string; large: string; smallInMix: number },
): CapacityReport {
  const { steps, budget } = sightings
  const pressures = withBudget(sightings)
  const judged = {
    instances: instancesOf(sightings, plan.small),
    ...mixOf(sightings, plan),
    ...pressureOf(steps, pressures, budget.scale, plan.small),
  }
  const observations = [...Object.values(judged), ...sizesOf(steps, budget, plan.small)]
  return { ...judged, observations, table: tableOf(steps, pressures, budget, plan.small) }
}

/** In the order in which they were met: the budget is exceeded before the engine or the machine ends the search. */
function withBudget({ steps, pressures, budget }: CapacitySightings): Pressure[] {
  const over = steps.find(
    ({ instances, bytes }) => bytes.state === 'measured' && bytes.value > budgetFor(instances, budget),
  )
  if (!over) return [...pressures]
  const { instances, bytes } = over
  const what = `more than the ${budgetInWords(instances, budget)}`
  return [{ kind: 'budget', instances, bytes, what }, ...pressures]
}

/**
 * How many fit depends, for scaled models, on how much of the memory beyond the weights grows with the model. The line
 * through two sizes says it; the other end is that nothing does. Where that decides, only whole models tell.
 */
function instancesOf({ steps, budget, weightBytes, is16Bit }: CapacitySightings, small: string) {
  const unseen = steps.find(({ bytes }) => bytes.state === 'absent')?.bytes
  const most = lastWithin(steps, budget)
  const beyondWeights = Math.max(budget.overheadBytes, (bytesEach(steps) ?? 0) - weightBytes)
  const mostOfAll = lastWithin(steps, { ...budget, overheadBytes: beyondWeights })
  const [value, high] = [most?.instances ?? 0, mostOfAll?.instances ?? 0]
  return observe({
    id: `${SPEC}.instances.${small}`,
    title: `${small} instances that answer at the same time within the budget`,
    unit: 'count',
    value: unseen?.state === 'absent' ? unseen : { value, interval: high > value ? [value, high] : null },
    n: steps.length,
    data: `${steps.length} tried`,
    scale: budget.scale,
    details: [
      ...(most ? [`${inWords(most.bytes)} together`, budgetInWords(most.instances, budget)] : []),
      ...(high > value ? [`${high} if none of its memory but the weights grows with the model: whole ones tell`] : []),
      ...(is16Bit ? ['16 bits a weight'] : []),
    ],
  })
}

const lastWithin = (steps: readonly Step[], budget: MemoryBudget): Step | undefined =>
  steps
    .filter(
      ({ instances, bytes, answered }) =>
        answered === instances && bytes.state === 'measured' && bytes.value <= budgetFor(instances, budget),
    )
    .at(-1)

/** Of all that were loaded last; null where it was not seen. */
function bytesEach(steps: readonly Step[]): number | null {
  const last = steps.at(-1)
  return last?.bytes.state === 'measured' ? last.bytes.value / last.instances : null
}

function mixOf({ mix, budget }: CapacitySightings, plan: { small: string; large: string; smallInMix: number }) {
  const { names, answered, bytes, refusals } = mix
  const title = `1 × ${plan.large} and ${plan.smallInMix} × ${plan.small}`
  const { scale } = budget
  const ofBudget = `${inWords(bytes)} together; ${budgetInWords(names.length, budget)}`
  return {
    mixed: observe({
      id: `${SPEC}.mixed-models`,
      title: `models of ${title} that answer at the same time`,
      unit: 'count',
      value: answered,
      scale,
      details: [ofBudget, ...refusals],
    }),
    mixedMemory: observe({
      id: `${SPEC}.mixed-memory`,
      title: `memory of ${title}`,
      unit: 'bytes',
      value: bytes,
      scale,
      details: [budgetInWords(names.length, budget), names.join(', ')],
    }),
  } as const
}

function pressureOf(steps: readonly Step[], pressures: readonly Pressure[], scale: number, small: string) {
  const [first] = pressures
  const ofEngine = pressures.find(({ kind }) => kind === 'engine')
  const last = steps.at(-1)
  const none = absent(
    `with ${last?.instances ?? 0} at once (${last ? inWords(last.bytes) : 'none was loaded'}) nothing was evicted or refused, and the search ended there`,
  )
  const details = first ? [first.what] : []
  return {
    pressureInstances: observe({
      id: `${SPEC}.pressure-instances.${small}`,
      title: `${small} instances at the first pressure point`,
      unit: 'count',
      value: first ? first.instances : none,
      scale,
      details,
    }),
    pressureBytes: observe({
      id: `${SPEC}.pressure-bytes.${small}`,
      title: `memory of all ${small} instances at the first pressure point`,
      unit: 'bytes',
      value: first ? first.bytes : none,
      scale,
      details,
    }),
    engineLimit: observe({
      id: `${SPEC}.engine-limit.${small}`,
      title: `${small} instances that the engine holds before it evicts or refuses`,
      unit: 'count',
      value: ofEngine ? ofEngine.instances : none,
      scale,
      details: ofEngine ? [ofEngine.what] : [],
    }),
  } as const
}

function sizesOf(steps: readonly Step[], { scale, overheadBytes }: MemoryBudget, small: string): Observation[] {
  const last = steps.at(-1)
  return [
    observe({
      id: `${SPEC}.instance-bytes.${small}`,
      title: `memory of one ${small} instance`,
      unit: 'bytes',
      value: bytesEach(steps) ?? last?.bytes ?? absent('none was loaded'),
      n: last?.instances ?? 0,
      scale,
    }),
    observe({
      id: `${SPEC}.process-overhead`,
      title: "memory of a model's process whatever its model",
      unit: 'bytes',
      value: scale === 1 ? absent('the budget of whole models holds it, so it is not told apart') : overheadBytes,
      n: 2,
      scale,
    }),
  ]
}

function tableOf(
  steps: readonly Step[],
  pressures: readonly Pressure[],
  budget: MemoryBudget,
  small: string,
): MeasuredTable {
  return {
    id: `${SPEC}.instances`,
    title: `${small}, one instance more at a time`,
    columns: ['instances', 'answer', 'memory', 'budget'],
    rows: steps.map(({ instances, answered, bytes }) => [
      String(instances),
      String(answered),
      bytes.state === 'measured' ? formatQuantity(bytes.value, 'bytes') : '–',
      formatQuantity(budgetFor(instances, budget), 'bytes'),
    ]),
    notes: [
      ...new Set(steps.flatMap(({ bytes }) => (bytes.state === 'absent' ? [bytes.reason] : []))),
      ...pressures.map(({ instances, what }) => `at ${instances}: ${what}`),
    ],
  }
}

function budgetInWords(models: number, budget: MemoryBudget): string {
  const show = (bytes: number) => formatQuantity(bytes, 'bytes')
  const whole = show(budget.wholeBytes)
  if (budget.scale === 1) return `budget of ${whole}`
  const parts = `${whole} ÷ ${budget.scale} and ${models} × ${show(budget.overheadBytes)} for a process`
  return `budget of ${show(budgetFor(models, budget))} (${parts})`
}

const inWords = (bytes: Measured): string =>
  bytes.state === 'absent' ? bytes.reason : formatQuantity(bytes.value, 'bytes')
