import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A socket's path may have 107 characters, and servers put a name of up to 60 behind their folder (vLLM, Ray). */
const longestPath = 47

/**
 * A new folder for what a server leaves behind: vLLM a dozen sockets and files a start, whether or not it ends in peace.
 * Undefined where the system's own lies too deep for sockets in it.
 */
export async function scratchFolder(parent = tmpdir()): Promise<string | undefined> {
  const prefix = join(parent, 'perf-')
  return prefix.length + 6 > longestPath ? undefined : await mkdtemp(prefix)
}
