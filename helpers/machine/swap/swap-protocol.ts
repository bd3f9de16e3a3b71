import type { SwapAreaRequest, SwapChanges } from './swap-area.ts'

export interface SwapOrder {
  area: SwapAreaRequest
  swappiness: number
}

export type SwapMessage =
  /** With what would have to be undone if the guard itself were killed. */
  { type: 'on'; changes: SwapChanges } | { type: 'refused'; reason: string }
