import type { Engine } from '../engines/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { processTree } from '../processes/index.ts'
import { readText } from '../processes/proc-file.ts'
import { kibibytes } from '../processes/process-memory.ts'

/** A model's file as its process has it mapped. */
export interface MappedWeights {
  mappedBytes: number
  /** Of these, what lies in memory at this moment. */
  residentBytes: number
}

/**
 * From /proc/<pid>/smaps: the file that takes the most room among those that are mapped shared and read-only, as
 * llama.cpp maps weights (programs and libraries are mapped privately). Absent where nothing is mapped so.
 */
export async function mappedWeights(engine: Engine, modelName: string): Promise<Measured<MappedWeights>> {
  const found = await engine.modelProcess(modelName)
  if (found.state === 'absent') return found
  const byFile = new Map<string, MappedWeights>()
  for (const pid of processTree(found.value.pid)) {
    const text = readText(`/proc/${pid}/smaps`)
    if (text.state === 'absent') return text
    for (const { path, mappedBytes, residentBytes } of sharedMappings(text.value)) {
      const sum = byFile.get(path) ?? { mappedBytes: 0, residentBytes: 0 }
      byFile.set(path, {
        mappedBytes: sum.mappedBytes + mappedBytes,
        residentBytes: sum.residentBytes + residentBytes,
      })
    }
  }
  const [largest] = [...byFile.values()].sort((a, b) => b.mappedBytes - a.mappedBytes)
  // A page or two are a cache of the C library's, not weights.
  if (largest !== undefined && largest.mappedBytes >= LEAST_BYTES) return measured(largest)
  return absent(`the process of ${modelName} maps no file of weights: it has copied them into memory of its own`)
}

const LEAST_BYTES = 2 ** 19

/** `7f00-7f80 r--s 00000000 fe:00 1234    /models/m.gguf`, then one line a figure. */
const MAPPING = /^[\da-f]+-[\da-f]+ r--s [\da-f]+ \S+ \d+ +(\/.*)$/

export function sharedMappings(smaps: string): ({ path: string } & MappedWeights)[] {
  return smaps.split(/\n(?=[\da-f]+-[\da-f]+ )/).flatMap(entry => {
    const path = MAPPING.exec(entry.slice(0, entry.indexOf('\n')))?.[1]
    if (path === undefined) return []
    return [{ path, mappedBytes: kibibytes(entry, 'Size') ?? 0, residentBytes: kibibytes(entry, 'Rss') ?? 0 }]
  })
}
