import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { BadInputError } from '../errors.ts'
import { completedIds, type RequestRecord, readRecords } from '../load/index.ts'

/** What a run that was stopped has done already, batch by batch. */
export interface EarlierWork {
  requestsPerBatch: number
  /** Whole chunks only: one that was cut short would have neither its time nor its memory. */
  recordsOf: (batch: number) => RequestRecord[]
}

const planSchema = z.strictObject({ requestsPerBatch: z.number().int().positive() })

const planFile = (recordsFile: string): string => recordsFile.replace(/\.records\.jsonl$/, '.plan.json')

/** Keeps what was decided after the warm-up, so that a resumed run sends the same batches. */
export async function rememberPlan(recordsFile: string, plan: z.infer<typeof planSchema>): Promise<void> {
  await writeFile(planFile(recordsFile), `${JSON.stringify(plan)}\n`)
}

/**
 * What the record file of a run that is resumed holds; null when there is none, so that everything is still to be done.
 *
 * @throws BadInputError for records of another workload, or files that were changed.
 */
export async function earlierWork(file: string, workloadHash: string, chunkSize: number): Promise<EarlierWork | null> {
  if (!existsSync(file) || !existsSync(planFile(file))) return null
  const plan = planSchema.safeParse(JSON.parse(await readFile(planFile(file), 'utf8')))
  if (!plan.success)
    throw new BadInputError(`resuming from ${planFile(file)}: ${plan.error.issues[0]?.message}. Start a new run.`)
  const { requestsPerBatch } = plan.data
  await completedIds(file, workloadHash)
  const batches = new Map<number, RequestRecord[]>()
  for await (const record of readRecords(file)) {
    if (record.batch < 0) continue
    const records = batches.get(record.batch) ?? []
    batches.set(record.batch, records)
    records.push(record)
  }
  return {
    requestsPerBatch,
    recordsOf: batch => wholeChunks(batches.get(batch) ?? [], chunkSize, requestsPerBatch),
  }
}

function wholeChunks(records: RequestRecord[], chunkSize: number, requestsPerBatch: number): RequestRecord[] {
  const whole: RequestRecord[] = []
  for (let chunk = 0; whole.length < requestsPerBatch; chunk++) {
    const own = records.filter(record => record.chunk === chunk && !wasStopped(record))
    if (own.length !== Math.min(chunkSize, requestsPerBatch - whole.length)) break
    whole.push(...own)
  }
  return whole
}

const wasStopped = (record: RequestRecord): boolean => record.state === 'failed' && record.failure === 'aborted'
