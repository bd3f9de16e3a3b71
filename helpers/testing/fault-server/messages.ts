import type { Ledger } from './ledger.ts'
import type { SettingsChange } from './settings.ts'

export type ParentCommand =
  | { kind: 'set'; change: SettingsChange }
  | { kind: 'reload'; pauseMs: number }
  | { kind: 'ledger' }

export type ParentMessage = ParentCommand & { id: number }

export type ChildMessage = { kind: 'listening'; port: number } | { kind: 'answer'; id: number; value: Ledger | null }
