export type { MeasuredTable } from './measured-table.ts'
export { type Observation, type ObservationInput, observe } from './observation.ts'
