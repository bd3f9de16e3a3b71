import { absent, type Measured, measured } from '../measured.ts'
import { filesOf } from './files.ts'
import { output } from './tool.ts'

/** How much of files the kernel keeps in memory. */
export interface CachedBytes {
  /** Whole pages: up to a page more than the file has. */
  cachedBytes: number
  totalBytes: number
}

/**
 * Of a file, or of all files in a folder, by `fincore` (util-linux): it maps the file and asks mincore(2), which reads
 * nothing in. Absent with the reason where there is no such program or file.
 */
export async function inPageCache(path: string): Promise<Measured<CachedBytes>> {
  const files = await filesOf(path).catch((error: Error) => error)
  if (files instanceof Error) return absent(files.message)
  if (files.length === 0) return absent(`${path} has no files`)
  const told = await output(
    'fincore',
    ['--bytes', '--noheadings', '--raw', '--output', 'RES,SIZE', ...files],
    'util-linux',
  )
  if (told.state === 'absent') return told
  const sum: CachedBytes = { cachedBytes: 0, totalBytes: 0 }
  for (const line of told.value.trim().split('\n')) {
    const [cached, total] = line.trim().split(/\s+/).map(Number)
    if (cached === undefined || total === undefined || !Number.isFinite(cached + total))
      return absent(`fincore told ${JSON.stringify(line)} of ${path}, which is not two sizes`)
    sum.cachedBytes += cached
    sum.totalBytes += total
  }
  return measured(sum)
}
