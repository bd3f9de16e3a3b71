import { absent, type Measured } from '../measured.ts'
import { type Observation, observe } from '../observations/index.ts'
import { formatQuantity, type Unit } from '../units.ts'
import type { BenchRecord, MeasuredPhase, ModelRecord, PhaseName } from './model-record.ts'
import { both, heldByEngine } from './phase-metrics.ts'

/** The numbers of a model's record, each under `<test id>.<what>.<planned model>`. */
export interface ModelObservations {
  loadTime: Observation<'ms'>
  unloadTime: Observation<'ms'>
  /** Of the model's processes at rest, after it was loaded and after it has answered. */
  memory: Observation<'bytes'>
  memoryUsed: Observation<'bytes'>
  /** What helpers/estimate says that it takes. */
  predicted: Observation<'bytes'>
  /** `memoryUsed` without the file's bytes. */
  overhead: Observation<'bytes'>
  prefillRate: Observation<'tokens/s'>
  decodeRate: Observation<'tokens/s'>
  ttft: Observation<'ms'>
  /** Of all answers, several at once. */
  concurrentRate: Observation<'tokens/s'>
  success: Observation<'ratio'>
  notReturned: Observation<'bytes'>
  notReturnedByMachine: Observation<'bytes'>
}

/** Pure: from a record, made now or read again later. Prefill, decoding and TTFT are those of the longest prompt. */
export function modelObservations(record: ModelRecord): ModelObservations {
  const { model, inference, concurrent, notReturned, predicted } = record
  const of = <U extends Unit>(
    what: string,
    title: string,
    unit: U,
    value: Measured | BenchRecord['decodeRate']['value'],
    more: { n?: number; data?: string; details?: string[]; spoiledBy?: string | null } = {},
  ) =>
    observe({
      id: `${record.testId}.${what}.${model.planned}`,
      title: title.replace('$', model.name),
      unit,
      value,
      scale: model.scale,
      ...more,
    })
  const longest = inference.toSorted((a, b) => a.promptTokens - b.promptTokens).at(-1) ?? concurrent
  const spoiledBy = longest.disturbance
  const alone = (figure: BenchRecord['decodeRate']) => ({
    n: figure.n,
    data: requestsOf(longest),
    details: [`${longest.promptTokens} prompt tokens, ${longest.outputTokens} answered`, figure.source].filter(Boolean),
    spoiledBy,
  })
  const phase = phaseIn(record)
  const memory = held(record, 'post-load')
  const memoryUsed = held(record, 'inference')
  const answered = [...inference, concurrent].reduce((sum, { completed }) => sum + completed, 0)
  const sent = [...inference, concurrent].reduce((sum, { completed, failed }) => sum + completed + failed, 0)
  return {
    loadTime: of('load-time', 'load time of $', 'ms', record.loadMs, {
      details: [cacheInWords(record.cachedBeforeLoad)],
      spoiledBy: phase('load')?.disturbance ?? null,
    }),
    unloadTime: of('unload-time', 'unload time of $', 'ms', record.unloadMs),
    memory: of('memory', 'memory of $ at rest, after its load', 'bytes', memory.bytes, { details: [memory.source] }),
    memoryUsed: of('memory-used', 'memory of $ at rest, after answering', 'bytes', memoryUsed.bytes, {
      details: [memoryUsed.source],
    }),
    predicted: of(
      'predicted-memory',
      'memory that $ should take, by its file',
      'bytes',
      predicted.state === 'measured' ? { state: 'measured', value: predicted.value.totalBytes } : predicted,
      { details: predicted.state === 'measured' ? partsInWords(predicted.value) : [] },
    ),
    overhead: of(
      'overhead',
      'memory of $ beyond its weights',
      'bytes',
      both(memoryUsed.bytes, model.fileBytes, (all, weights) => all - weights),
      {
        details: [
          memoryUsed.source,
          model.fileBytes.state === 'measured'
            ? `weights ${formatQuantity(model.fileBytes.value, 'bytes')}`
            : model.fileBytes.reason,
          `${model.slots} × ${model.contextTokens} tokens of context`,
        ],
      },
    ),
    prefillRate: of(
      'prefill-rate',
      'prefill rate of $',
      'tokens/s',
      longest.prefillRate.value,
      alone(longest.prefillRate),
    ),
    decodeRate: of('decode-rate', 'decode rate of $', 'tokens/s', longest.decodeRate.value, alone(longest.decodeRate)),
    ttft: of('ttft', 'TTFT of $', 'ms', longest.ttftMs.value, alone(longest.ttftMs)),
    concurrentRate: of('concurrent-rate', 'rate of all answers together of $', 'tokens/s', concurrent.totalRate.value, {
      n: concurrent.totalRate.n,
      data: requestsOf(concurrent),
      details: [`${concurrent.concurrency} requests at once`],
      spoiledBy: concurrent.disturbance,
    }),
    success: of(
      'success',
      'share of requests that $ answers',
      'ratio',
      sent > 0 ? { state: 'measured', value: answered / sent } : absent('no request was sent'),
      { n: sent, data: `${sent} requests` },
    ),
    notReturned: of(
      'not-returned',
      "memory that the engine's processes keep after the unload of $",
      'bytes',
      notReturned.engineBytes,
    ),
    notReturnedByMachine: of(
      'not-returned-by-machine',
      'memory that the machine lacks after the unload of $',
      'bytes',
      notReturned.machineBytes,
      {
        details: ['with whatever else took or freed memory meanwhile'],
        spoiledBy: phase('final')?.disturbance ?? null,
      },
    ),
  }
}

/**
 * What the model holds at the end of a phase: its own processes where they can be told, with their GPU memory as what the
 * engine holds beyond its baseline; else all that the engine holds beyond its baseline.
 */
export function held(record: ModelRecord, name: PhaseName): { bytes: Measured; source: string } {
  const [before, phase] = ['baseline' as const, name].map(phaseIn(record))
  if (before === undefined || phase === undefined)
    return { bytes: absent(`the record has no phase ${name}`), source: '' }
  if (phase.modelMemory.state === 'absent') {
    const bytes = both(heldByEngine(before.metrics), heldByEngine(phase.metrics), (from, to) => to - from)
    return { bytes, source: 'what the engine holds beyond its baseline' }
  }
  const { pssBytes, processes } = phase.modelMemory.value
  const gpu = both(before.metrics.engineGpuBytes, phase.metrics.engineGpuBytes, (from, to) => to - from)
  const gpuBytes = gpu.state === 'measured' ? gpu.value : 0
  const who = processes === 1 ? "its own process's PSS" : `PSS of its ${processes} processes`
  return {
    bytes: { state: 'measured', value: pssBytes + gpuBytes },
    source: gpuBytes > 0 ? `${who}, and ${formatQuantity(gpuBytes, 'bytes')} on the GPU` : who,
  }
}

const phaseIn =
  ({ phases }: ModelRecord) =>
  (name: PhaseName): MeasuredPhase | undefined =>
    phases.flatMap(phase => (phase.state === 'measured' && phase.name === name ? [phase] : []))[0]

const requestsOf = ({ completed, failed }: BenchRecord): string =>
  `${completed} requests${failed > 0 ? `, and ${failed} failed` : ''}`

/** Weights that are copied into another order are there twice: in the file's pages, and as the copy. */
function partsInWords(predicted: Extract<ModelRecord['predicted'], { state: 'measured' }>['value']): string[] {
  const { weightsBytes, droppableBytes, kvBytes, computeBytes, processBytes } = predicted
  const show = (bytes: number): string => formatQuantity(bytes, 'bytes')
  return [
    `weights ${show(weightsBytes)} (${show(droppableBytes)} of them pages of the file)`,
    `KV cache ${show(kvBytes)}`,
    `compute ${show(computeBytes)}`,
    `process ${show(processBytes)}`,
  ]
}

/** A share of a file in the page cache, as people call it. */
function cacheInWords(cached: Measured): string {
  if (cached.state === 'absent') return `page cache not seen: ${cached.reason}`
  if (cached.value >= 0.99) return 'warm page cache'
  return cached.value <= 0.01
    ? 'cold page cache'
    : `${formatQuantity(cached.value, 'ratio')} of the file in the page cache`
}
