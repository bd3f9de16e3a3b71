import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { BadInputError, RecordingError } from '../errors.ts'

/** How one run of the gate ended: `gate.json` in the folder of the run, for whoever puts several shards together. */
export const gateRecordSchema = z.object({
  schema: z.literal(1),
  exitCode: z.number().int().nonnegative(),
  /** Which part of the specs this run had, counted from 1; null for all of them. */
  shard: z.object({ index: z.number().int().positive(), count: z.number().int().positive() }).nullable(),
  /** What it said last on stderr. */
  lastWords: z.array(z.string()),
})

export type GateRecord = z.infer<typeof gateRecordSchema>
export type Shard = NonNullable<GateRecord['shard']>

const FILE = 'gate.json'

/** @throws RecordingError when the disk does not take it */
export function writeGateRecord(folder: string, record: GateRecord): void {
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, FILE), `${JSON.stringify(record, null, 2)}\n`)
  } catch (cause) {
    throw new RecordingError(`writing ${join(folder, FILE)}: ${String(cause)}`, { cause })
  }
}

/** @throws BadInputError when it is not as `writeGateRecord` writes it */
export function readGateRecord(folder: string): GateRecord {
  const path = join(folder, FILE)
  try {
    return gateRecordSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    const [issue] = cause instanceof z.ZodError ? cause.issues : []
    const what = issue ? `${issue.path.join('.') || 'it'}: ${issue.message}` : String(cause)
    throw new BadInputError(`reading ${path}: ${what}. It is written by npm run gate; do not edit it.`, { cause })
  }
}

export const hasGateRecord = (folder: string): boolean => existsSync(join(folder, FILE))
