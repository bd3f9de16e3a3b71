import type { RanThrough } from '../batch-inference/configuration-run.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { formatQuantity } from '../units.ts'

/** Memory of GPUs as they are sold, in GiB. */
const soldGibibytes = [8, 12, 16, 24, 32, 40, 48, 80, 96, 141] as const

/**
 * What the peak is multiplied with: 8 % of a GPU stay free, as in this suite's other limits, and error correction takes up
 * to 6 % of what is sold (a 16 GB T4 has 15 GiB). 1 / (0.92 × 0.94) is 1.16.
 */
const HEADROOM = 1.2

/**
 * The smallest common GPU that holds a peak with headroom, in bytes. Absent where the peak is not a GPU's, is that of a
 * scaled model, or is more than one GPU holds. vLLM takes its share of the GPU whatever it needs: its peak says as much
 * about the GPU that it ran on.
 *
 * @param scale what the model's size was divided by; 1 for a whole one
 */
export function safeGpuBytes(peak: RanThrough['peakMemory'], scale: number): Measured {
  if (peak.state === 'absent') return peak
  const { domain, bytes } = peak.value
  if (!domain.startsWith('GPU')) return absent(`the peak is ${domain}, which says nothing about a GPU`)
  if (scale !== 1) return absent(`the peak is that of a model of 1/${scale} of its size`)
  const neededBytes = bytes * HEADROOM
  const found = soldGibibytes.map(size => size * 2 ** 30).find(size => size >= neededBytes)
  if (found !== undefined) return measured(found)
  return absent(`${formatQuantity(neededBytes, 'bytes')} with headroom is more than one GPU has: split it over several`)
}
