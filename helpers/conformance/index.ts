export { type ConformanceResult, resultVariable } from './conformance-reporter.ts'
export { conformanceTable } from './conformance-table.ts'
