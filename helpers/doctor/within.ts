import { absent, type Measured, measured } from '../measured.ts'

/** When everything must have answered: a point of `performance.now()`. */
export type Deadline = number

/** What is left until then, and a little at least: whoever asks late still asks. */
export const leftMs = (deadline: Deadline): number => Math.max(100, deadline - performance.now())

/** What is asked, or why there is no answer: it failed with that message, or it did not answer in time. Never throws. */
export async function within<T>(deadline: Deadline, what: string, asked: Promise<T>): Promise<Measured<T>> {
  const limitMs = leftMs(deadline)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Measured<T>>(resolve => {
    timer = setTimeout(() => resolve(absent(`${what} did not answer within ${(limitMs / 1000).toFixed(1)} s`)), limitMs)
  })
  const answer = asked.then(measured, error => absent(error instanceof Error ? error.message : String(error)))
  return await Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
