import type { z } from 'zod'
import { BadInputError } from '../errors.ts'
import { messageOf } from './completion-event.ts'
import { type RecordHeader, recordHeaderSchema, requestRecordSchema } from './record-schema.ts'
import type { RequestRecord } from './request-record.ts'
import { textLines } from './text-lines.ts'

export type RecordLine = { kind: 'header'; header: RecordHeader } | { kind: 'record'; record: RequestRecord }

/**
 * Reads a record file line by line, in constant memory. A last line without its newline is what a killed run leaves and
 * is passed over.
 * @throws BadInputError for a file that cannot be read and for any other bad line, with its number.
 */
export async function* readRecordLines(file: string): AsyncGenerator<RecordLine> {
  try {
    for await (const { text, number, isTerminated } of textLines(file)) {
      if (isTerminated) yield recordLine(file, number, text)
    }
  } catch (error) {
    if (error instanceof BadInputError) throw error
    throw new BadInputError(`reading records from ${file}: ${messageOf(error)}`, { cause: error })
  }
}

/** Only the records. */
export async function* readRecords(file: string): AsyncGenerator<RequestRecord> {
  for await (const line of readRecordLines(file)) {
    if (line.kind === 'record') yield line.record
  }
}

/**
 * Ids of the requests that need not be sent again: those that succeeded, as a stream or in a batch. Failed ones are.
 * @throws BadInputError when the file belongs to another workload.
 */
export async function completedIds(file: string, workloadHash: string): Promise<Set<string>> {
  const ids = new Set<string>()
  for await (const line of readRecordLines(file)) {
    if (line.kind === 'record') {
      if (line.record.state !== 'failed') ids.add(line.record.id)
    } else if (line.header.workload !== workloadHash) {
      throw new BadInputError(
        `resuming from ${file}: it holds records of workload ${line.header.workload}, and this run's is ${workloadHash}. ` +
          'Resume with the workload it was started with, or start a new run.',
      )
    }
  }
  return ids
}

function recordLine(file: string, number: number, text: string): RecordLine {
  const json = parseJson(file, number, text)
  const isHeader = typeof json === 'object' && json !== null && 'schema' in json
  if (number === 1 && !isHeader) throw badLine(file, number, 'no header; the first line must be one')
  if (isHeader) return { kind: 'header', header: validate(recordHeaderSchema, json, file, number) }
  return { kind: 'record', record: validate(requestRecordSchema, json, file, number) }
}

function parseJson(file: string, number: number, line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw badLine(file, number, `not JSON (${messageOf(error)})`)
  }
}

function validate<T>(schema: z.ZodType<T>, json: unknown, file: string, number: number): T {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw badLine(file, number, `${issue?.path.join('.') || 'the line'}: ${issue?.message}`)
}

const badLine = (file: string, number: number, problem: string): BadInputError =>
  new BadInputError(
    `reading records from ${file}, line ${number}: ${problem}. The file was changed or is no record file.`,
  )
