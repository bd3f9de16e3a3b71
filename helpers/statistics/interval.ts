/** Bounds that hold the true value with the stated confidence, 95 % unless said otherwise. */
export type Interval = [low: number, high: number]
