import { formatQuantity } from '../units.ts'
import type { Estimate } from '../verdicts/assessment.ts'

/** `21.4 req/s [20.9 req/s, 21.9 req/s]`. */
export function rateInWords({ value, interval }: Estimate): string {
  const show = (rate: number): string => formatQuantity(rate, 'requests/s')
  return interval === null ? show(value) : `${show(value)} [${show(interval[0])}, ${show(interval[1])}]`
}
