export { measurePaging, type PagingPlan, type PagingRecord } from './measure-paging.ts'
export type { PagingResult, PagingRound } from './paging-protocol.ts'
