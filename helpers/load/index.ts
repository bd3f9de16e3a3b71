export { type Answer, ask, type Question } from './ask.ts'
export { type BatchFileOptions, batchFileWorkload } from './batch-file-workload.ts'
export { type Canary, type CanarySighting, canaries, canarySighting } from './canaries.ts'
export {
  type ClientHealthMonitor,
  type ClientLimits,
  clientLimits,
  judgeClient,
  startClientHealth,
} from './client-health.ts'
export type { ImageSize } from './image-png.ts'
export { imageWorkload } from './image-workload.ts'
export { type CompletionPath, type LoadRequest, type PreparedRequest, prepareRequest } from './load-request.ts'
export type { TokenCounter } from './prompt-builder.ts'
export { promptWords } from './prompt-words.ts'
export {
  completedIds,
  openRecords,
  type RecordHeader,
  type RecordLine,
  type RecordWriter,
  type RecordWriterOptions,
  readRecordLines,
  readRecords,
} from './records.ts'
export { type RequestWatcher, tellEnded, tellSent, watchRequests } from './request-events.ts'
export type {
  BatchedRecord,
  CompletedRecord,
  FailedRecord,
  FailureClass,
  RequestRecord,
  WholeRecord,
} from './request-record.ts'
export { type ChunkTimes, connectionsFor, type LoadOptions, type LoadResult, runLoad } from './run-load.ts'
export type { Schedule } from './schedules/schedule.ts'
export { slice } from './slice.ts'
export { defaultStreamLimits, StreamClient, type StreamClientOptions, type StreamLimits } from './stream-client.ts'
export { type SyntheticWorkloadOptions, syntheticWorkload } from './synthetic-workload.ts'
export { Tally, type TallyResult } from './tally.ts'
export { wholeAnswers } from './whole-answers.ts'
export type { Workload } from './workload.ts'
