import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { z } from 'zod'
import { BadInputError, PerfError, RecordingError } from '../errors.ts'
import { compactSamples, formatBaseline } from './format.ts'
import type { HardwareIdentity } from './hardware.ts'
import {
  type Baseline,
  type BaselineEngine,
  type BaselineMetric,
  type BaselineModel,
  baselineSchema,
  maximumRuns,
} from './schema.ts'
import { slug } from './slug.ts'

/** vitest's own update mode: `all` for `-u`, `new` for a plain local run, `none` under CI without `-u`. */
export type UpdateMode = 'none' | 'new' | 'all'

/** Baselines are written on an explicit `-u` and never otherwise, neither under CI nor locally. */
export const recordsBaselines = (mode: UpdateMode): boolean => mode === 'all'

export type BaselineRead =
  /** `otherHardware`: ids of machines that have a baseline of this engine and model. */
  { state: 'missing'; file: string; otherHardware: string[] } | { state: 'read'; file: string; baseline: Baseline }

/** What one engine start measured of one metric. */
export interface MetricStart {
  hardware: HardwareIdentity
  engine: BaselineEngine
  model: BaselineModel
  /** `<spec id>.<metric>` */
  metric: string
  unit: BaselineMetric['unit']
  better: BaselineMetric['better']
  workload: string
  /** When the engine was started. The same start recorded again replaces what it recorded before. */
  at: Date
  commit: string | null
  /** Chunks or requests of that start, at least one; 200 with 4 significant digits are kept. */
  samples: readonly number[]
}

/** `<root>/baselines/<hardware>/<engine>--<model>.json` */
export function baselineFile(root: string, hardwareId: string, engineName: string, modelName: string): string {
  return join(root, 'baselines', hardwareId, `${slug(engineName)}--${slug(modelName)}.json`)
}

/**
 * @throws BadInputError when the file cannot be read, is no JSON or does not fit the schema; names the field, what was
 * found and what is allowed. The file is left as it is.
 */
export function readBaseline(file: string): BaselineRead {
  const content = readContent(file)
  return content === null
    ? { state: 'missing', file, otherHardware: otherHardwareOf(file) }
    : { state: 'read', file, baseline: parse(file, content) }
}

function otherHardwareOf(file: string): string[] {
  const baselines = dirname(dirname(file))
  const ids = existsSync(baselines) ? readdirSync(baselines) : []
  return ids.filter(id => existsSync(join(baselines, id, basename(file)))).sort()
}

/**
 * Puts a whole baseline in the place of what the file holds.
 *
 * @throws RecordingError when it cannot be written.
 */
export function replaceBaseline(file: string, baseline: Baseline): void {
  update(file, () => baseline)
}

/**
 * Adds one engine start to a metric and keeps the newest 7. Samples of another workload, unit or direction are
 * replaced; those of another model file void the whole file, since it is named after the model. Writes a complete new
 * file beside the old one and renames it; reads, merges and writes without letting another task of this process in
 * between, and starts over if another process wrote meanwhile.
 *
 * @returns how many starts the metric has now.
 * @throws BadInputError when the file that is there cannot be read (it is not overwritten), or a sample is no number.
 * @throws RecordingError when it cannot be written, for instance because the disk is full.
 */
export function appendRun(file: string, start: MetricStart): { starts: number } {
  const bad = start.samples.findIndex(value => !Number.isFinite(value))
  if (start.samples.length === 0 || bad >= 0) {
    throw new BadInputError(
      `recording ${start.metric} in ${file}: ` +
        (bad >= 0 ? `sample ${bad + 1} is ${start.samples[bad]}` : 'there are no samples') +
        '; allowed: at least one sample, all of them finite numbers.',
    )
  }
  const updated = update(file, baseline => merge(baseline, start))
  return { starts: updated.metrics[start.metric]?.runs.length ?? 0 }
}

/**
 * Forgets the starts before `at` of every metric that has newer ones: what a deliberate change of speed needs, since
 * starts from before and after it would look like noise.
 *
 * @throws BadInputError as readBaseline does.
 */
export function dropRunsBefore(file: string, at: Date): void {
  update(file, baseline => {
    if (baseline === null) throw new BadInputError(`dropping old starts: there is no baseline ${file}`)
    const metrics = Object.entries(baseline.metrics).map(([name, metric]) => {
      const newer = metric.runs.filter(run => Date.parse(run.at) >= at.getTime())
      return [name, newer.length > 0 ? { ...metric, runs: newer } : metric] as const
    })
    return { ...baseline, metrics: Object.fromEntries(metrics) }
  })
}

/** Whether two descriptions can be of the same model; what one of them does not know does not tell them apart. */
export function sameModel(a: BaselineModel, b: BaselineModel): boolean {
  const fields = ['name', 'bytes', 'digest', 'quantisation'] as const
  return fields.every(field => a[field] === null || b[field] === null || a[field] === b[field])
}

function merge(before: Baseline | null, start: MetricStart): Baseline {
  const kept = before !== null && sameModel(before.model, start.model) ? before.metrics : {}
  const { unit, better, workload } = start
  const known = kept[start.metric]
  const same = known?.workload === workload && known.unit === unit && known.better === better
  const at = start.at.toISOString()
  const older = same ? known.runs.filter(run => run.at !== at) : []
  const run = { at, commit: start.commit, samples: compactSamples(start.samples) }
  const { hardware, engine, model } = start
  return {
    schema: 1,
    hardware,
    engine,
    model,
    metrics: { ...kept, [start.metric]: { unit, better, workload, runs: [...older, run].slice(-maximumRuns) } },
  }
}

function update(file: string, change: (baseline: Baseline | null) => Baseline): Baseline {
  for (;;) {
    const before = readContent(file)
    const updated = change(before === null ? null : parse(file, before))
    const temporary = `${file}.${randomUUID()}.tmp`
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(temporary, formatBaseline(updated), { flush: true })
      if (readContent(file) !== before) continue
      renameSync(temporary, file)
      return updated
    } catch (error) {
      if (error instanceof PerfError) throw error
      throw new RecordingError(
        `writing the baseline ${file}: ${messageOf(error)}. The old one, if any, is untouched; make room or give write permission.`,
        { cause: error },
      )
    } finally {
      rmSync(temporary, { force: true })
    }
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

function readContent(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw unreadable(file, `it cannot be read (${messageOf(error)})`, error)
  }
}

function parse(file: string, content: string): Baseline {
  let json: unknown
  try {
    json = JSON.parse(content)
  } catch (error) {
    throw unreadable(file, `it is not JSON (${messageOf(error)})`, error)
  }
  const result = baselineSchema.safeParse(json)
  if (result.success) return result.data
  throw unreadable(
    file,
    result.error.issues
      .slice(0, 3)
      .map(issue => describe(issue, json))
      .join('; '),
    result.error,
  )
}

function unreadable(file: string, what: string, cause: unknown): BadInputError {
  return new BadInputError(
    `reading the baseline ${file}: ${what}. The file was left as it is: repair it, or delete it and record again with ` +
      '`npm run baseline`.',
    { cause },
  )
}

function describe(issue: z.core.$ZodIssue, json: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map(key => JSON.stringify(key)).join(', ')
    return `${fieldName(issue.path)} has the unknown field ${keys}; allowed: the fields of schema 1`
  }
  const found = valueAt(json, issue.path)
  const shown = found === undefined ? 'missing' : (JSON.stringify(found) ?? String(found))
  return `${fieldName(issue.path)} is ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}; allowed: ${issue.message}`
}

const fieldName = (path: PropertyKey[]) =>
  path.length === 0
    ? 'the file'
    : path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('')

function valueAt(json: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    json,
  )
}
