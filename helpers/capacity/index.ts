export { DAY_MS, fitsWindow, marginOf, mostWithin, timeFor } from './capacity.ts'
export { type CapacityTableInput, capacityTable } from './capacity-table.ts'
export { type Eta, etaInWords, etaOf, type Progress } from './eta.ts'
export { rateOf, tokenRateOf } from './run-rate.ts'
