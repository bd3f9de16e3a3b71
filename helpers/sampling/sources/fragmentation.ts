import type { Measured } from '../../measured.ts'
import { allAbsent, fileSource, type Source } from './source.ts'
import { unusableShares } from './unusable-shares.ts'

const metrics = ['memoryUnusableShare'] as const

/** What a huge page takes on x86-64, and on arm64 with pages of 4 KiB. */
const HUGE_PAGE_BYTES = 2 * 2 ** 20

/** Share of the machine's free memory in blocks smaller than 2 MiB, from /proc/buddyinfo; see `unusableShares`. */
export function fragmentationSource(procRoot: string, pageBytes: Measured): Source {
  if (pageBytes.state === 'absent') return { metrics, sample: () => allAbsent(metrics, pageBytes.reason) }
  const order = Math.log2(HUGE_PAGE_BYTES / pageBytes.value)
  return fileSource(`${procRoot}/buddyinfo`, metrics, text => {
    const memoryUnusableShare = unusableShares(text)[order]
    return memoryUnusableShare === undefined ? {} : { memoryUnusableShare }
  })
}
