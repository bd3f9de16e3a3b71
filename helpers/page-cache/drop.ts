import { open } from 'node:fs/promises'
import { absent, type Measured, measured } from '../measured.ts'
import { formatQuantity } from '../units.ts'
import { filesOf } from './files.ts'
import { type CachedBytes, inPageCache } from './residency.ts'
import { output } from './tool.ts'

/** A file's last pages may be read again by whoever looks at it; more than this share is not cold. */
const leftOver = 0.01

/**
 * Takes one file, or all files of a folder, out of the page cache, and nobody else's: no root is needed. The next read of
 * them comes from the disk (or from a cache that lies below the machine, of a hypervisor or a controller).
 *
 * coreutils' dd advises the kernel (posix_fadvise DONTNEED over the whole file: `iflag=nocache count=0`). The kernel keeps
 * what is not written yet, so it is written first; what somebody maps; and all of a file in memory (tmpfs).
 *
 * Resolves with what is still cached, a hundredth at most; absent with the reason where more is, or where it cannot be seen.
 */
export async function dropFromPageCache(path: string): Promise<Measured<CachedBytes>> {
  const files = await filesOf(path).catch((error: Error) => error)
  if (files instanceof Error) return absent(files.message)
  for (const file of files) {
    const refused = await writtenOut(file)
    if (refused !== null) return absent(refused)
    const dropped = await output('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none'], 'coreutils')
    if (dropped.state === 'absent') return dropped
  }
  const left = await inPageCache(path)
  if (left.state === 'absent') return absent(`whether it worked cannot be seen: ${left.reason}`)
  const { cachedBytes, totalBytes } = left.value
  if (cachedBytes <= leftOver * totalBytes) return measured(left.value)
  const [still, all] = [cachedBytes, totalBytes].map(bytes => formatQuantity(bytes, 'bytes'))
  return absent(
    `the kernel keeps ${still} of ${all} of ${path} in its page cache: a process maps it, or it lies in a file system in memory`,
  )
}

/** Why it could not be, or null. */
async function writtenOut(file: string): Promise<string | null> {
  try {
    await using handle = await open(file, 'r')
    await handle.sync()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
