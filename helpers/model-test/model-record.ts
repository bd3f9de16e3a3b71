import { z } from 'zod'

const absentSchema = z.object({ state: z.literal('absent'), reason: z.string() })

const measuredOf = <T extends z.ZodType>(value: T) =>
  z.discriminatedUnion('state', [z.object({ state: z.literal('measured'), value }), absentSchema])

const number = measuredOf(z.number())

/** A number with its 95 % interval, null where there is none. */
const estimate = z.object({ value: z.number(), interval: z.tuple([z.number(), z.number()]).readonly().nullable() })

const figure = z.object({
  value: measuredOf(estimate),
  /** Points that it rests on. */
  n: z.int().nonnegative(),
  /** How it was measured, in words; empty where there is nothing to say. */
  source: z.string(),
})

/** Levels at the end of a phase, the highest of a phase where the name says so, and rates over it. */
const metricsSchema = z.object({
  ramTotalBytes: number,
  ramUsedBytes: number,
  ramUsedShare: number,
  swapUsedBytes: number,
  swapInBytesPerSecond: number,
  swapOutBytesPerSecond: number,
  /** Free memory in pieces that are too small for a huge page, of all free memory. */
  memoryUnusableShare: number,
  gpuUsedBytes: number,
  /** Of the machine's cores, 0 to 1. */
  cpuShare: number,
  highestCpuTemperatureC: number,
  highestGpuTemperatureC: number,
  loadAverage1: number,
  diskReadBytesPerSecond: number,
  diskWriteBytesPerSecond: number,
  nvmeBusyShare: number,
  networkInBytesPerSecond: number,
  networkOutBytesPerSecond: number,
  modelsLoaded: number,
  mostRequestsWaiting: number,
  /** Of the requests that ended in the phase, mean. */
  responseMs: number,
  /** The engine's processes: their host memory with shared pages in parts, and their GPU memory. */
  engineHostBytes: number,
  engineGpuBytes: number,
  engineSwapBytes: number,
})

const modelMemory = z.object({
  processes: z.int().nonnegative(),
  rssBytes: z.number(),
  pssBytes: z.number(),
  privateBytes: z.number(),
})

export const phaseNames = [
  'baseline',
  'load',
  'post-load',
  'inference',
  'concurrent',
  'memory pressure',
  'unload',
  'final',
] as const

const phase = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('measured'),
    name: z.enum(phaseNames),
    /** ISO 8601, UTC. */
    startedAt: z.iso.datetime(),
    /** The same instant on the clock of the series and the records. */
    startedAtMs: z.number(),
    durationMs: z.number().nonnegative(),
    metrics: metricsSchema,
    /** Of the processes that serve the model, at the end of the phase. */
    modelMemory: measuredOf(modelMemory),
    /** What the host did meanwhile, in words; null when nothing worth naming happened. */
    disturbance: z.string().nullable(),
    /** What is to be known of it: how much memory was taken away; empty for nothing. */
    note: z.string(),
  }),
  z.object({ state: z.literal('absent'), name: z.enum(phaseNames), reason: z.string() }),
])

const benchSchema = z.object({
  promptTokens: z.int().positive(),
  outputTokens: z.int().positive(),
  concurrency: z.int().positive(),
  completed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  prefillRate: figure,
  decodeRate: figure,
  totalRate: figure,
  ttftMs: figure,
  tpotMs: figure,
  e2eMs: figure,
  disturbance: z.string().nullable(),
})

/**
 * One model on one engine, from before its load until after its unload: a line of `models.jsonl`, version 1. A reader that
 * finds another `schema` must refuse the line.
 */
export const modelRecordSchema = z.object({
  schema: z.literal(1),
  /** `<plan>.<spec>` of the test that made it. */
  testId: z.string().min(1),
  /** ISO 8601, UTC. */
  startedAt: z.iso.datetime(),
  engine: z.object({ name: z.string(), version: z.string(), runsAs: z.string() }),
  model: z.object({
    /** What the plan calls it: `qwen2.5-7b`. */
    planned: z.string(),
    /** What was loaded: `qwen2.5-7b ÷ 16`. */
    name: z.string(),
    origin: z.enum(['named', 'real', 'synthetic', 'served']),
    /** What its size was divided by; 1 for a whole one. */
    scale: z.number(),
    fileBytes: number,
    parameters: number,
    contextTokens: z.int().positive(),
    slots: z.int().positive(),
  }),
  /** What it should take in memory, by its file; see helpers/estimate. */
  predicted: measuredOf(
    z.object({
      weightsBytes: z.number(),
      droppableBytes: z.number(),
      kvBytes: z.number(),
      computeBytes: z.number(),
      processBytes: z.number(),
      totalBytes: z.number(),
      heldBytes: z.number(),
    }),
  ),
  loadMs: number,
  /** Share of the model's files that the page cache held before the load: 0 is a cold load, 1 a warm one. */
  cachedBeforeLoad: number,
  unloadMs: number,
  phases: z.array(phase),
  /** One after the other, one entry a prompt length. */
  inference: z.array(benchSchema),
  /** Several at once. */
  concurrent: benchSchema,
  /** What the engine's processes, and the whole machine, hold after the unload and did not hold before the load. */
  notReturned: z.object({ engineBytes: number, machineBytes: number }),
})

export type ModelRecord = z.infer<typeof modelRecordSchema>
export type Phase = ModelRecord['phases'][number]
export type MeasuredPhase = Extract<Phase, { state: 'measured' }>
export type PhaseName = (typeof phaseNames)[number]
export type PhaseMetrics = MeasuredPhase['metrics']
export type BenchRecord = ModelRecord['concurrent']
