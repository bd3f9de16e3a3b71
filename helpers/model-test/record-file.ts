import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RecordingError } from '../errors.ts'
import { type ModelRecord, modelRecordSchema } from './model-record.ts'

/** In the folder of a run, one line of JSON a model: see `modelRecordSchema`. */
export const modelsFileIn = (runDirectory: string): string => join(runDirectory, 'models.jsonl')

/** @throws RecordingError when it cannot be written. */
export async function appendModelRecord(runDirectory: string, record: ModelRecord): Promise<void> {
  const file = modelsFileIn(runDirectory)
  try {
    await appendFile(file, `${JSON.stringify(modelRecordSchema.parse(record))}\n`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RecordingError(`writing the record of ${record.model.name} to ${file}: ${reason}`, { cause: error })
  }
}
