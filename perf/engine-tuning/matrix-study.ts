import {
  absent,
  type ChosenModel,
  formatQuantity,
  type Lab,
  type Measured,
  type Observation,
  observe,
  skipAsNotApplicable,
} from '../../helpers/index.ts'
import {
  bestOffload,
  gainOver,
  inPlanOrder,
  MATRIX,
  type MatrixPlan,
  type MemoryLimits,
  matrixChart,
  matrixTables,
  memoryLimit,
  type PlannedMemory,
  type Recommendation,
  recommendationRule,
  recommendedRow,
  runMatrix,
  scaleToPlan,
  type TuningRun,
  trueBaseline,
  writeDeployment,
} from '../../helpers/tuning/index.ts'

export interface TuningPlan extends MatrixPlan {
  memory: { gpu: PlannedMemory; host: PlannedMemory }
}

/** What plan 004 asks for. */
export interface TuningStudy {
  /** As the rows are written. */
  runs: TuningRun[]
  limits: MemoryLimits
  recommended: Observation<'tokens/s'>
  /** Tokens a second of the recommended row, as a multiple of the baseline's. */
  gain: Observation<'factor'>
  /** The same where the plan's limit is for it: on a GPU. */
  gainOnGpu: Observation<'factor'>
  /** What the machine did to the same configuration from the start to the end. */
  drift: Observation<'factor'>
  /** The best size of a KV cache in host memory. */
  offload: Observation<'bytes'>
  /** Files that deploy the recommended row. */
  deployment: Observation<'count'>
}

export async function measureMatrix(lab: Lab, plan: TuningPlan): Promise<TuningStudy> {
  const { origin, url } = lab.engine.identity
  if (origin === 'attached')
    skipAsNotApplicable(
      `the server at ${url} is not ours: it is not started again with other arguments. Without PERF_ENGINE_URL the suite ` +
        'starts one (PERF_ENGINE=llama-server, ollama or vllm)',
    )
  const requested = await requestedModel(lab, plan)
  const model = await lab.choose({ model: requested, role: 'large' })
  const scale = scaleToPlan(model, requested)
  const { gpuTotalBytes, ramTotalBytes } = (await lab.reading()).metrics
  const limits = {
    gpu: memoryLimit(plan.memory.gpu, gpuTotalBytes),
    host: memoryLimit(plan.memory.host, ramTotalBytes),
  }
  const ran = await runMatrix(lab, plan, model, scale)
  const recommendation = recommendedRow(ran, limits)
  const study = {
    ...comparisons(ran, recommendation, scale),
    deployment: await deployment(lab, recommendation, model, plan),
  }
  const runs = inPlanOrder(ran, plan.rows)
  const title = `${model.name}: configurations × tests`
  const notes = [
    inWords(recommendation),
    recommendationRule,
    `The prompts of T4 are meant to have: ${promptLengths(plan)}.`,
    `They ran in the order ${ran.map(({ row }) => row.id).join(', ')}.`,
  ]
  await lab.note(
    ...runs.flatMap(numbersOf),
    ...Object.values(study),
    ...matrixTables(lab.engine.identity.name, runs, title, notes),
    matrixChart(runs, `${model.name} · ${lab.engine.identity.name} ${lab.engine.identity.version}`),
  )
  return { runs, limits, ...study }
}

/** The first of the plan's models that the engine has, else the last one. */
async function requestedModel(lab: Lab, { models }: MatrixPlan): Promise<string> {
  const has = (await lab.engine.models()).map(({ name }) => name)
  return models.find(name => has.includes(name)) ?? models.at(-1) ?? ''
}

function comparisons(
  ran: readonly TuningRun[],
  recommendation: Measured<Recommendation>,
  scale: number,
): Pick<TuningStudy, 'recommended' | 'gain' | 'gainOnGpu' | 'drift' | 'offload'> {
  const [reference] = trueBaseline(ran)
  const gain = recommendation.state === 'absent' ? recommendation : gained(recommendation.value.run, reference)
  const run = recommendation.state === 'measured' ? recommendation.value.run : undefined
  const details = run && reference ? [`${run.row.title} against ${reference.row.title}`] : []
  const spoiledBy = run?.throughput.spoiledBy ?? reference?.throughput.spoiledBy ?? null
  const about = {
    title: 'tokens a second of the recommended row, of those of the baseline',
    unit: 'factor',
    n: run?.throughput.n ?? 0,
    details,
    spoiledBy,
    scale,
  } as const
  const gpu = reference?.gpuMemory.measured
  return {
    recommended: observe({
      id: `${MATRIX}.recommended`,
      title: `tokens a second of the recommended row${run ? `: ${run.row.title}` : ''}`,
      unit: 'tokens/s',
      value: recommendation.state === 'absent' ? recommendation : recommendation.value.run.throughput.measured,
      n: run?.throughput.n ?? 0,
      details: recommendation.state === 'measured' ? [recommendation.value.reason] : [],
      spoiledBy: run?.throughput.spoiledBy ?? null,
      scale,
    }),
    gain: observe({ ...about, id: `${MATRIX}.gain`, value: gain }),
    gainOnGpu: observe({
      ...about,
      id: `${MATRIX}.gain-on-gpu`,
      value: gpu?.state === 'measured' ? gain : absent(`the limit is for a GPU; here it is ${asFactor(gain)}`),
    }),
    drift: drift(ran, scale),
    offload: offload(ran, scale),
  }
}

const gained = (run: TuningRun, reference: TuningRun | undefined): ReturnType<typeof gainOver> =>
  reference ? gainOver(run, reference) : absent('the baseline has no number of tokens a second')

function drift(ran: readonly TuningRun[], scale: number): Observation<'factor'> {
  const [first, last] = [ran.at(0), ran.at(-1)]
  return observe({
    id: `${MATRIX}.drift`,
    title: 'tokens a second of the baseline at the end, of those at the start',
    unit: 'factor',
    value: first && last ? gainOver(last, first) : absent('nothing ran'),
    n: last?.throughput.n ?? 0,
    spoiledBy: first?.throughput.spoiledBy ?? last?.throughput.spoiledBy ?? null,
    scale,
  })
}

function offload(ran: readonly TuningRun[], scale: number): Observation<'bytes'> {
  const best = bestOffload(ran)
  return observe({
    id: `${MATRIX}.offload-size`,
    title: 'KV cache in host memory with which the most tokens a second are answered',
    unit: 'bytes',
    value: best.state === 'absent' ? best : best.value.gib * 2 ** 30,
    details: best.state === 'measured' ? [best.value.run.row.title] : [],
    spoiledBy: best.state === 'measured' ? best.value.run.throughput.spoiledBy : null,
    scale,
  })
}

async function deployment(
  lab: Lab,
  recommendation: Measured<Recommendation>,
  model: ChosenModel,
  plan: TuningPlan,
): Promise<Observation<'count'>> {
  const files =
    recommendation.state === 'absent' ? recommendation : await writeDeployment(lab, recommendation.value, model, plan)
  return observe({
    id: `${MATRIX}.deployment`,
    title: 'files that deploy the recommended row',
    unit: 'count',
    value: files.state === 'absent' ? files : files.value.length,
    details: files.state === 'measured' ? files.value : [],
  })
}

const numbersOf = (run: TuningRun): Observation[] => [
  run.coldStart,
  run.warmStart,
  run.ttft,
  run.throughput,
  ...run.longContext.flatMap(({ ttft, prefillRate }) => [ttft, prefillRate]),
  run.prefixReuse,
  run.gpuMemory,
  run.hostMemory,
  run.engineMemory,
  run.failures,
]

const promptLengths = ({ long }: TuningPlan): string =>
  long.prompts.map(({ name, tokens }) => `${name} ${tokens.toLocaleString('en')} tokens`).join(', ')

const inWords = (recommendation: Measured<Recommendation>): string =>
  recommendation.state === 'absent'
    ? `Nothing is recommended: ${recommendation.reason}.`
    : `Recommended: ${recommendation.value.run.row.title}; ${recommendation.value.reason}.`

const asFactor = (gain: ReturnType<typeof gainOver>): string =>
  gain.state === 'measured' ? formatQuantity(gain.value.value, 'factor') : `not known: ${gain.reason}`
