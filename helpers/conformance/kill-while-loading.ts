import { readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { processTree } from '../processes/index.ts'
import { listNames, readText } from '../processes/proc-file.ts'

/**
 * Kills a process that a load starts, once it has its file of weights open: earlier it is not loading yet, and Ollama
 * (0.17.4) waits five minutes for a runner that was killed before it listens.
 *
 * @param roots of the processes that it may be started by.
 * @returns whether one was killed.
 */
export async function killWhileLoading(roots: readonly number[], load: Promise<unknown>): Promise<boolean> {
  const all = (): number[] => roots.flatMap(root => processTree(root))
  const before = new Set(all())
  let isOver = false
  const end = load.then(
    () => {
      isOver = true
    },
    () => {
      isOver = true
    },
  )
  while (!isOver) {
    const victim = all().find(pid => !before.has(pid) && hasWeightsOpen(pid))
    if (victim !== undefined) {
      process.kill(victim, 'SIGKILL')
      await end
      return true
    }
    await wait(1)
  }
  return false
}

/** A GGUF file, or one of Ollama's blobs: mapped, or as a file that is read. */
const WEIGHTS = /\.gguf$|\/sha256-\w+$/m

function hasWeightsOpen(pid: number): boolean {
  const maps = readText(`/proc/${pid}/maps`)
  if (maps.state === 'measured' && WEIGHTS.test(maps.value)) return true
  const files = listNames(`/proc/${pid}/fd`)
  return files.state === 'measured' && files.value.some(file => WEIGHTS.test(targetOf(`/proc/${pid}/fd/${file}`)))
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    // It was closed, or its process has ended, since the folder was listed.
    return ''
  }
}
