import { createHash } from 'node:crypto'
import { strToU8, zipSync } from 'fflate'

/** ZIP knows no time before 1980; the same one for every file, so that the same content gives the same bytes. */
const MODIFIED = new Date('2000-01-01T00:00:00Z')

/** Files for a job as Ray takes them, `_ray_pkg_<digest>.zip`: the name says what is in it. */
export function jobPackage(files: Record<string, string>): { name: string; bytes: Uint8Array } {
  const entries = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)]))
  const bytes = zipSync(entries, { mtime: MODIFIED })
  const digest = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 32)
  return { name: `_ray_pkg_${digest}.zip`, bytes }
}
