import { type Bench, benchFigures, ratioOfMedians, totalRateOf, ttftsMs } from '../lab/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { type Observation, type ObservationInput, observe } from '../observations/index.ts'
import { formatQuantity, type Unit } from '../units.ts'
import { longPrompts, type MatrixPlan } from './matrix-plan.ts'
import type { PeakMemory, RowData, TimedStart } from './row-data.ts'
import { rowSlots } from './row-slots.ts'
import type { TuningRow } from './tuning-row.ts'
import type { TuningRun } from './tuning-run.ts'

/** `<plan>.<spec>`: the first part of every id in the matrix. */
export const MATRIX = '004.matrix'

export interface RowFacts {
  row: TuningRow
  position: number
  /** What the plan's model was divided by. */
  scale: number
}

/** Plan 004's numbers of one row, from what its tests gave. Pure. */
export function tuningRunOf(
  { row, position, scale }: RowFacts,
  plan: Pick<MatrixPlan, 'contextTokens' | 'long' | 'concurrent'>,
  data: RowData,
): TuningRun {
  const about = new RowObservations(row, scale, data)
  return {
    row,
    position,
    start: data.start,
    coldStart: about.start('cold', data.coldStart),
    warmStart: about.start('warm', data.warmStart),
    ttft: about.ttft('ttft', 'TTFT of single requests', data.single),
    throughput: about.throughput(data.concurrent, plan),
    longContext: longPrompts(plan).map(({ name, tokens }, index) => {
      const bench = data.long[index] ?? null
      const slug = name.toLowerCase()
      return {
        name,
        promptTokens: tokens,
        ttft: about.ttft(`ttft-${slug}`, `TTFT with a prompt of ${tokens.toLocaleString('en')} tokens`, bench),
        prefillRate: about.prefillRate(slug, tokens, bench),
      }
    }),
    prefixReuse: about.prefixReuse(data.unlike, data.shared),
    gpuMemory: about.memory('gpu-memory', 'GPU memory of the device', 'gpuBytes'),
    hostMemory: about.memory('host-memory', 'memory in use on the machine', 'hostBytes'),
    engineMemory: about.memory('engine-memory', 'host memory of the engine (RSS)', 'engineBytes'),
    failures: about.failures(),
  }
}

/** Names every number of a row, and says why one is missing. */
class RowObservations {
  readonly #row: TuningRow
  readonly #scale: number
  readonly #data: RowData

  constructor(row: TuningRow, scale: number, data: RowData) {
    this.#row = row
    this.#scale = scale
    this.#data = data
  }

  start(kind: 'cold' | 'warm', start: Measured<TimedStart>): Observation<'ms'> {
    const found = start.state === 'measured' ? start.value : null
    return this.#observe({
      id: `${kind}-start`,
      title: `start until it answers, ${kind}`,
      unit: 'ms',
      value:
        start.state === 'measured' ? start.value.ms : this.#data.start.state === 'started' ? start : this.#missing(),
      data: found ? '1 start' : '',
      spoiledBy: found?.disturbance ?? null,
    })
  }

  ttft(id: string, title: string, bench: Bench | null): Observation<'ms'> {
    const figure = bench && benchFigures(bench).ttftMs
    const value = figure?.value ?? this.#missing()
    return this.#observe({ id, title, unit: 'ms', value, n: figure?.n ?? 0, ...dataOf(bench) })
  }

  prefillRate(slug: string, tokens: number, bench: Bench | null): Observation<'tokens/s'> {
    const figure = bench && benchFigures(bench).prefillRate
    return this.#observe({
      id: `prefill-${slug}`,
      title: `tokens a second of a prompt of ${tokens.toLocaleString('en')}`,
      unit: 'tokens/s',
      value: figure?.value ?? this.#missing(),
      n: figure?.n ?? 0,
      ...dataOf(bench),
      details: figure && figure.source !== '' ? [figure.source] : [],
    })
  }

  throughput(bench: Bench | null, { concurrent }: Pick<MatrixPlan, 'concurrent'>): Observation<'tokens/s'> {
    const { atOnce, outputTokens } = concurrent
    const { start } = this.#data
    const engine = start.state === 'started' ? start.identity.name : null
    const slots = engine === null ? atOnce : Math.min(atOnce, rowSlots(this.#row, engine, atOnce))
    const figure = bench && totalRateOf(bench, slots)
    return this.#observe({
      id: 'throughput',
      title: `answered tokens a second of ${atOnce} requests at once`,
      unit: 'tokens/s',
      value: figure?.value ?? this.#missing(),
      n: bench?.completed.length ?? 0,
      ...dataOf(bench),
      details: bench ? [`${outputTokens} tokens each, ${slots} worked on at a time`] : [],
    })
  }

  prefixReuse(unlike: Bench | null, shared: Bench | null): Observation<'factor'> {
    const title = 'TTFT with a prefix that was sent before, of that with one that never was'
    const about = { id: 'prefix-reuse', title, unit: 'factor' } as const
    if (unlike === null || shared === null) return this.#observe({ ...about, value: this.#missing() })
    // The first one brings the prefix into the cache.
    const [, ...again] = shared.completed.toSorted((a, b) => a.sentAtMs - b.sentAtMs)
    const warm = { ...shared, completed: again }
    return this.#observe({
      ...about,
      value: ratioOfMedians(ttftsMs(unlike), ttftsMs(warm)),
      n: Math.min(unlike.completed.length, again.length),
      data: `${again.length} requests with the prefix, ${unlike.completed.length} without`,
      details: [cachedInWords(warm, unlike)],
      spoiledBy: unlike.disturbance ?? shared.disturbance,
    })
  }

  memory(id: string, title: string, what: keyof PeakMemory): Observation<'bytes'> {
    const { memory } = this.#data
    return this.#observe({
      id,
      title: `${title}, highest under load`,
      unit: 'bytes',
      value: memory.state === 'measured' ? memory.value[what] : this.#missing(),
    })
  }

  failures(): Observation<'count'> {
    const { start, single, concurrent, long, unlike, shared, crash } = this.#data
    const about = { id: 'stability', title: 'requests that failed, and crashes', unit: 'count' } as const
    if (start.state !== 'started') return this.#observe({ ...about, value: this.#missing() })
    const benches = [single, concurrent, ...long, unlike, shared].filter(bench => bench !== null)
    const failed = benches.flatMap(bench => bench.failed)
    const all = failed.length + benches.reduce((sum, { completed }) => sum + completed.length, 0)
    const [first] = failed
    return this.#observe({
      ...about,
      value: failed.length + (crash === null ? 0 : 1),
      n: all,
      data: requestsInWords(all),
      details: [
        ...(crash === null ? [] : [`it crashed: ${crash}`]),
        ...(first ? [`the first failure: ${first.failure}: ${first.message}`] : []),
      ],
    })
  }

  #observe<U extends Unit>(input: ObservationInput<U>): Observation<U> {
    return observe({
      scale: this.#scale,
      ...input,
      id: `${MATRIX}.${input.id}.${this.#row.id}`,
      title: `${input.title} (${this.#row.title})`,
    })
  }

  /** Why a test has no number: the row did not start, was not tried, or crashed before. */
  #missing(): Measured<never> {
    const { start, crash } = this.#data
    if (start.state === 'refused') return absent(`it did not start: ${start.error}`)
    if (start.state === 'not tried') return absent(`not tried: ${start.reason}`)
    return absent(crash === null ? 'its tests did not come so far' : `it crashed: ${crash}`)
  }
}

const requestsInWords = (n: number): string => `${n.toLocaleString('en')} ${n === 1 ? 'request' : 'requests'}`

const dataOf = (bench: Bench | null): Pick<Observation, 'data' | 'spoiledBy'> => ({
  data: bench ? requestsInWords(bench.completed.length) : '',
  spoiledBy: bench?.disturbance ?? null,
})

function cachedInWords(shared: Bench, unlike: Bench): string {
  const [with_, without] = [shared, unlike].map(cachedShare)
  if (with_?.state !== 'measured' || without?.state !== 'measured')
    return 'the engine does not tell how many prompt tokens were cached'
  const [some, others] = [with_.value, without.value].map(share => formatQuantity(share, 'ratio'))
  return `${some} of its prompt tokens came from a cache, ${others} without`
}

function cachedShare({ completed }: Bench): Measured {
  const told = completed.flatMap(({ cachedTokens }) => (cachedTokens === null ? [] : [cachedTokens]))
  if (told.length === 0 || told.length < completed.length) return absent('the engine does not tell')
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  return measured(sum(told) / sum(completed.map(({ promptTokens }) => promptTokens)))
}
