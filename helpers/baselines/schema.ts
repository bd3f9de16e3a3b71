import { z } from 'zod'
import type { Unit } from '../units.ts'

/** The newest starts that are kept of a metric. */
export const maximumRuns = 7
/** Samples that are kept of a start. */
export const maximumSamples = 200

const units = ['bytes', 'ratio', 'ms', 'requests/s', 'tokens/s', 'count'] as const satisfies Unit[]
const orNull = 'or null'

// Each text completes the sentence "allowed: …" of the error.
const text = z.string({ error: 'a text' }).min(1, { error: 'a text that is not empty' })
const textOrNull = z.string({ error: `a text ${orNull}` }).nullable()
const size = z.number({ error: 'a number above 0' }).positive({ error: 'a number above 0' })
const sizeOrNull = z
  .number({ error: `a number above 0 ${orNull}` })
  .positive({ error: `a number above 0 ${orNull}` })
  .nullable()

const gpu = z.strictObject({
  name: text,
  vramBytes: sizeOrNull,
  powerLimitW: sizeOrNull,
  mig: z.boolean({ error: 'true or false' }),
})

const run = z.strictObject({
  /** When the engine was started; identifies the start. */
  at: z.iso.datetime({ error: 'a time such as 2026-11-20T12:34:56Z' }),
  commit: textOrNull,
  samples: z
    .array(z.number({ error: 'a finite number' }), { error: 'a list of numbers' })
    .min(1, { error: 'at least one sample' })
    .max(maximumSamples, { error: `at most ${maximumSamples} samples` }),
})

const metric = z.strictObject({
  unit: z.enum(units, { error: units.join(', ') }),
  better: z.enum(['lower', 'higher'], { error: 'lower, higher' }),
  /** Hash of prompts, lengths, concurrency and sampling: samples of another workload say nothing. */
  workload: text,
  /** One an engine start, newest last. */
  runs: z
    .array(run, { error: 'a list of runs' })
    .min(1, { error: 'at least one run' })
    .max(maximumRuns, { error: `at most ${maximumRuns} runs` }),
})

export const baselineSchema = z.strictObject({
  schema: z.literal(1, { error: '1, the only version of this file that there is' }),
  hardware: z.strictObject({
    id: text,
    cpu: text,
    cores: size,
    ramBytes: size,
    gpus: z.array(gpu, { error: 'a list of GPUs' }),
    driver: textOrNull,
    os: text,
    kernel: text,
  }),
  engine: z.strictObject({ name: text, version: text, args: z.array(z.string(), { error: 'a list of texts' }) }),
  model: z.strictObject({
    name: text,
    bytes: sizeOrNull,
    digest: textOrNull,
    quantisation: textOrNull,
    /** What the model's size was divided by; 1 for a whole one. */
    scale: size.default(1),
  }),
  /** `<spec id>.<metric>`, for instance `001.sequential-batches.throughput`. */
  metrics: z.record(text, metric, { error: 'an object with one entry a metric' }),
})

/** A baseline file. The head describes what the newest run was measured on. */
export type Baseline = z.infer<typeof baselineSchema>
export type BaselineMetric = Baseline['metrics'][string]
export type BaselineRun = BaselineMetric['runs'][number]
/** Only arguments that can change speed: no ports, no paths of this machine, or every file differs. */
export type BaselineEngine = Baseline['engine']
/** Null for what is not known, for instance because the engine is not ours. */
export type BaselineModel = Baseline['model']
