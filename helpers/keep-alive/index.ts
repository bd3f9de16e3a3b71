export type { Expiry } from './expiry.ts'
export { type ExpiryMeasurement, measureExpiry } from './measure-expiry.ts'
