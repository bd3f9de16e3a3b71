import type { Engine } from '../engines/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { processTree } from '../processes/index.ts'
import { readText } from '../processes/proc-file.ts'
import { kibibytes } from '../processes/process-memory.ts'

/** Host memory of the processes that serve one model, from /proc/<pid>/smaps_rollup. */
export interface ModelMemory {
  processes: number
  /** Shared pages count in every process that maps them. */
  rssBytes: number
  /** Shared pages count in equal parts: the sum over all processes of a machine is what they take together. */
  pssBytes: number
  /** What ends with these processes, and nobody else has. */
  privateBytes: number
}

/** Absent with the reason where the model's processes cannot be told, seen or read. */
export async function modelMemory(engine: Engine, modelName: string): Promise<Measured<ModelMemory>> {
  const found = await engine.modelProcess(modelName)
  if (found.state === 'absent') return found
  if (found.value.isShared) return absent(`${engine.identity.name} holds all its models in one process`)
  const pids = processTree(found.value.pid)
  const sum: ModelMemory = { processes: pids.length, rssBytes: 0, pssBytes: 0, privateBytes: 0 }
  for (const pid of pids) {
    const path = `/proc/${pid}/smaps_rollup`
    const text = readText(path)
    if (text.state === 'absent') return text
    const sizes = ['Rss', 'Pss', 'Private_Clean', 'Private_Dirty'].map(key => kibibytes(text.value, key))
    const [rss, pss, clean, dirty] = sizes
    if (rss === undefined || pss === undefined || clean === undefined || dirty === undefined)
      return absent(`${path} lacks one of Rss, Pss, Private_Clean, Private_Dirty`)
    sum.rssBytes += rss
    sum.pssBytes += pss
    sum.privateBytes += clean + dirty
  }
  return pids.length === 0 ? absent(`the process of ${modelName} has ended`) : measured(sum)
}
