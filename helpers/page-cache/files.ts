import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The regular files behind a file's or a folder's path, links followed, one level deep: a model of any format. */
export async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const entries = (await readdir(path)).sort().map(name => join(path, name))
  const files = await Promise.all(entries.map(async entry => ((await stat(entry)).isFile() ? [entry] : [])))
  return files.flat()
}
