import { absent, type Measured, measured } from '../../measured.ts'
import { readText } from '../../processes/proc-file.ts'
import { kibibytes, type ProcessMemory, readMemory } from '../../processes/process-memory.ts'
import type { ProcessTrees } from '../process-trees.ts'
import { allAbsent, type Instant, type Sample, type Source } from './source.ts'

const metrics = ['engineRssBytes', 'enginePssBytes', 'engineSwapBytes', 'engineProcesses', 'engineCpuMs'] as const
const memoryMetrics = ['engineRssBytes', 'enginePssBytes', 'engineSwapBytes'] as const

const PSS_PERIOD_MS = 1000
/** Share of one core that reading PSS may take between the edges of windows. */
const PSS_SHARE = 0.0025

/**
 * The engine's process trees: RSS and swap of /proc/<pid>/status, PSS of /proc/<pid>/smaps_rollup; CPU time once a second.
 *
 * PSS is dear, because the kernel walks the page tables: about 12 ms for every GiB of small pages. It is read once a
 * second, less often when one reading takes longer than 2.5 ms (so that it stays under 0.25 % of a core: every 20 s for
 * 4 GiB), and in every complete reading. No sum is given when one of the processes may not be read.
 */
export function engineProcessesSource(procRoot: string, trees: ProcessTrees, nowMs: () => number): Source {
  let nextPssMs = Number.NEGATIVE_INFINITY

  const pss = (pids: readonly number[], instant: Instant): Sample => {
    if (!instant.complete && instant.atMs < nextPssMs) return {}
    const startMs = nowMs()
    const enginePssBytes = sumOver(
      pids.map(pid => readPss(pid, procRoot)),
      bytes => bytes,
    )
    const costMs = nowMs() - startMs
    nextPssMs = instant.atMs + Math.max(PSS_PERIOD_MS - 50, costMs / PSS_SHARE)
    return { enginePssBytes }
  }

  const readAll = (): Measured<ProcessMemory>[] => {
    const pids = trees.enginePids
    return pids.state === 'measured' ? pids.value.map(pid => readMemory(pid, procRoot)) : []
  }

  return {
    metrics,
    sample(instant) {
      const memory = readAll()
      // A process that has ended since the trees were walked: look again.
      if (memory.some(read => read.state === 'absent')) trees.update({ ...instant, complete: true })
      const pids = trees.enginePids
      if (pids.state === 'absent') return allAbsent(metrics, pids.reason)
      const counts: Sample = trees.isFresh(instant)
        ? { engineProcesses: measured(pids.value.length), engineCpuMs: trees.engineCpuMs }
        : {}
      if (pids.value.length === 0) {
        return { ...counts, ...allAbsent(memoryMetrics, 'all processes of the engine have ended') }
      }
      const current = memory.every(read => read.state === 'measured') ? memory : readAll()
      return {
        ...counts,
        engineRssBytes: sumOver(current, ({ rssBytes }) => rssBytes),
        engineSwapBytes: sumOver(current, ({ swapBytes }) => swapBytes),
        ...pss(pids.value, instant),
      }
    },
  }
}

export function suiteProcessesSource(trees: ProcessTrees): Source {
  return {
    metrics: ['suiteCpuMs'],
    sample: instant => (trees.isFresh(instant) ? { suiteCpuMs: trees.suiteCpuMs } : {}),
  }
}

function readPss(pid: number, procRoot: string): Measured {
  const path = `${procRoot}/${pid}/smaps_rollup`
  const text = readText(path)
  if (text.state === 'absent') return text
  const bytes = kibibytes(text.value, 'Pss')
  return bytes === undefined ? absent(`${path} does not have Pss`) : measured(bytes)
}

/** The sum, or the first absence. */
function sumOver<T>(values: readonly Measured<T>[], number: (value: T) => number): Measured {
  let sum = 0
  for (const value of values) {
    if (value.state === 'absent') return value
    sum += number(value.value)
  }
  return measured(sum)
}
