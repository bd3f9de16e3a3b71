export type { Ledger, LedgerEntry } from './ledger.ts'
export { type FaultKind, type FaultSettings, faultKinds, type SettingsChange, type StreamShape } from './settings.ts'
export { type FaultServer, startFaultServer } from './start-fault-server.ts'
