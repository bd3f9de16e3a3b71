import { z } from 'zod'
import { chartSchema } from '../charts/index.ts'
import { verdicts } from './verdict-words.ts'

const unit = z.enum(['bytes', 'bytes/s', 'ratio', 'factor', 'ms', 'requests/s', 'tokens/s', 'count', 'celsius'])

/** A number that was not finite (NaN, Infinity) is null, and the entry's `reason` says so. */
const number = z.number().nullable()

const item = z.object({
  /** `<plan>.<spec>.<criterion>`; for a test without a criterion `<path of the spec> > <name of the test>`. */
  id: z.string().min(1),
  title: z.string(),
  verdict: z.enum(verdicts),
  /** Why it is not judged or not sure; left out where there is nothing to say. */
  reason: z.string().optional(),
  /** 95 % interval, null where the number has none. Left out when nothing was measured. */
  measured: z.object({ value: number, interval: z.tuple([number, number]).nullable() }).optional(),
  limit: number.optional(),
  /** Of `measured` and `limit`; null when there is neither. Ratios are shares (0.1 is 10 %). */
  unit: unit.nullable(),
  /** Points that the verdict rests on. */
  n: z.number().int().nonnegative(),
  evidence: z.object({
    /** Path of the spec and full name of the test. */
    spec: z.string(),
    test: z.string(),
    /** As printed: what was measured where, and on how much data. */
    line: z.string(),
    data: z.string(),
    /** Where to look next. */
    advice: z.array(z.string()),
  }),
})

const metric = z.object({
  /** `<plan>.<spec>.<metric>`, for a single batch `<plan>.<spec>.batch-<n>.<metric>`. */
  id: z.string().min(1),
  unit: unit.nullable(),
  value: number,
  /** What it is, for people; left out for the figures of a run of batches. */
  title: z.string().optional(),
  /** 95 %, where there is one. */
  interval: z.tuple([number, number]).optional(),
  /** Where it was measured, and what it is made of. */
  details: z.array(z.string()).optional(),
  /** What the model's size was divided by; left out for a whole one. */
  scale: z.number().optional(),
  /** What makes the value unfit for a verdict, such as a disturbed host; left out for nothing. */
  spoiledBy: z.string().optional(),
  /** Why there is no value. */
  reason: z.string().optional(),
  /** Where the metric was held against its baseline: the word and the printed line. */
  baseline: z.object({ verdict: z.string(), line: z.string() }).optional(),
})

/** What a spec found, side by side, as it was printed. */
const table = z.object({
  id: z.string().min(1),
  title: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string())),
  notes: z.array(z.string()),
})

/** What a metric of a run of batches rests on, for comparing two results files: one sample a chunk, oldest first. */
const sampled = z.object({
  /** `<plan>.<spec>.<metric>`, as baselines have it: `001.sequential-batches.ttft`. */
  metric: z.string().min(1),
  unit,
  better: z.enum(['lower', 'higher']),
  /** Hash of prompts, lengths, concurrency and sampling: samples of another workload say nothing. */
  workload: z.string(),
  /** Name of the model that answered. */
  model: z.string(),
  /** What the model's size was divided by; 1 for a whole one. */
  scale: z.number(),
  samples: z.array(z.number()),
  /** What makes them unfit for a verdict, such as a disturbed host; left out for nothing. */
  spoiledBy: z.string().optional(),
})

/** An answer to one of the plans' questions, from the rest of this file. */
const finding = z.discriminatedUnion('state', [
  z.object({
    /** `Q1` to `Q12` of plan 000, `S1` to `S10` of plan 003. */
    id: z.string().min(1),
    question: z.string().min(1),
    state: z.literal('answered'),
    /** A sentence or two with numbers and units. */
    answer: z.string().min(1),
    /** Ids of the items, metrics and tables that it rests on. */
    evidence: z.array(z.string()).min(1),
    /** What limits it. */
    caveats: z.array(z.string()),
  }),
  z.object({
    id: z.string().min(1),
    question: z.string().min(1),
    state: z.literal('open'),
    /** What this machine, engine or run lacks, and how to get it. */
    needs: z.string().min(1),
  }),
])

/**
 * results.json, version 1: what a run measured and decided. Raw records and series lie beside it as JSONL. A reader
 * that finds another `schema` must refuse the file.
 */
export const resultsSchema = z.object({
  schema: z.literal(1),
  /** ISO 8601, UTC. */
  startedAt: z.iso.datetime(),
  profile: z.string(),
  host: z.object({
    /** Hardware id as baselines have it; null when no run was measured. */
    hardware: z.string().nullable(),
    platform: z.string(),
    cpu: z.string(),
    cores: z.number().int().positive(),
    ramBytes: z.number().int().positive(),
    node: z.string(),
  }),
  /** Who answered; null when no run was measured. */
  engine: z
    .object({
      name: z.string(),
      version: z.string(),
      origin: z.enum(['spawned', 'attached']),
      /** How it ran: `child processes`, `its URL`, `binary <path>`, `container <image> (<id>)`. */
      runsAs: z.string(),
      url: z.string(),
      arguments: z.array(z.string()),
      /** What a reader of the numbers should know about this engine. */
      cautions: z.array(z.string()),
      /** What each spec measured it with, one for each model. `scale` divides the real model; 1 is the model itself. */
      runs: z.array(
        z.object({ id: z.string(), model: z.string(), scale: number, modelBytes: number, workload: z.string() }),
      ),
    })
    .nullable(),
  /**
   * What the run ended with when this was written, and why: no reasons for 0. Null where nobody knows: in a file of an
   * older version, and in one that was merged.
   */
  exit: z
    .object({ code: z.literal([0, 1, 2, 3]), reasons: z.array(z.string()) })
    .nullable()
    .default(null),
  items: z.array(item),
  metrics: z.array(metric),
  tables: z.array(table),
  charts: z.array(chartSchema).default([]),
  samples: z.array(sampled).default([]),
  /** Answers to the plans' questions, all of them; none where nothing of plans 000 and 003 was run. */
  findings: z.array(finding),
})

export type Results = z.infer<typeof resultsSchema>
export type ResultItem = Results['items'][number]
export type ResultMetric = Results['metrics'][number]
export type MetricSamples = Results['samples'][number]
export type Finding = Results['findings'][number]
