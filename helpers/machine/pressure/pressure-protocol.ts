/** What the process that takes memory is told, once: by its arguments it would be readable, and by its channel it is typed. */
export interface PressureOrder {
  takeBytes: number
  /** Below so much available memory it lets go at once. */
  floorBytes: number
}

export type PressureMessage =
  | { type: 'holding' }
  /** It has let go, and ends. */
  | { type: 'let go'; reason: string }
