/** Raw, append-only records: one line of JSON a finished request. */
export { completedIds, type RecordLine, readRecordLines, readRecords } from './record-reader.ts'
export type { RecordHeader } from './record-schema.ts'
export { openRecords, type RecordWriter, type RecordWriterOptions } from './record-writer.ts'
