export type { BatchLedger } from './batch-job.ts'
export type { BatchServerSettings } from './settings.ts'
export { type BatchServer, startBatchServer } from './start-batch-server.ts'
