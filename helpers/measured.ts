/** A number that was measured, or the reason why there is none. Never a zero that stands for "don't know". */
export type Measured<T = number> = { state: 'measured'; value: T } | { state: 'absent'; reason: string }

export const measured = <T>(value: T): Measured<T> => ({ state: 'measured', value })

export const absent = (reason: string): { state: 'absent'; reason: string } => ({ state: 'absent', reason })
