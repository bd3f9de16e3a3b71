import { open, stat } from 'node:fs/promises'
import type { Engine, ModelFile } from '../engines/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { commandLineWords, processTree } from '../processes/index.ts'
import { DEFAULT_PROC_ROOT, readText } from '../processes/proc-file.ts'

/**
 * Path on this machine of the weights that a loaded model was read from, a GGUF file or a folder, as it can be opened when
 * the model is no longer loaded. Ollama keeps a copy of the file that it was given, and a container has paths of its own;
 * so the file is looked for in what the model's process maps and in its command line. Where neither names one it is the
 * path that the engine was given.
 *
 * Absent with the reason for a model that only the engine has, when its process or its file cannot be looked at.
 */
export async function weightsPath(
  engine: Pick<Engine, 'modelProcess' | 'processRoots'>,
  model: ModelFile,
): Promise<Measured<string>> {
  const found = await engine.modelProcess(model.name)
  const why = found.state === 'absent' ? found.reason : 'its process names no file of weights'
  const path = found.state === 'absent' ? null : await namedBy(found.value.pid, await rootsOf(engine), model.path)
  if (path !== null) return measured(path)
  if (model.path !== '') return measured(model.path)
  return absent(`where the weights of ${model.name} lie cannot be seen: ${why}`)
}

async function rootsOf(engine: Pick<Engine, 'processRoots'>): Promise<number[]> {
  const roots = await engine.processRoots()
  return roots.state === 'measured' ? roots.value : []
}

async function namedBy(root: number, engineRoots: readonly number[], given: string): Promise<string | null> {
  for (const pid of processTree(root)) {
    for (const path of filesNamedBy(pid)) {
      const file = await ggufAt(seenBy(pid, path))
      if (file === null) continue
      // The model's process will be gone; the engine's, in the same container, is not.
      for (const other of [path, given, ...engineRoots.map(engineRoot => seenBy(engineRoot, path))])
        if ((await ggufAt(other)) === file) return other
    }
  }
  return null
}

/** A path of a process, through the root folder that it has. */
const seenBy = (pid: number, path: string) => `${DEFAULT_PROC_ROOT}/${pid}/root${path}`

/** Absolute paths among what a process maps, and in its command line. */
function filesNamedBy(pid: number): string[] {
  const maps = readText(`${DEFAULT_PROC_ROOT}/${pid}/maps`)
  // address perms offset dev inode path
  const mapped = maps.state === 'absent' ? [] : maps.value.split('\n').map(line => line.split(/ +/).slice(5).join(' '))
  return [...new Set([...mapped, ...commandLineWords(pid)])].filter(word => word.startsWith('/'))
}

/** Which file that is (device and inode), if it is a GGUF file; null for all that cannot be read as one. */
async function ggufAt(path: string): Promise<string | null> {
  try {
    if (!(await stat(path)).isFile()) return null
    await using file = await open(path, 'r')
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(4), position: 0 })
    if (bytesRead !== 4 || buffer.toString('latin1') !== 'GGUF') return null
    const { dev, ino } = await file.stat()
    return `${dev}:${ino}`
  } catch {
    // Gone, or not ours to read: not what is looked for.
    return null
  }
}
