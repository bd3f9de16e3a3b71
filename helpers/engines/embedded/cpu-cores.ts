import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/**
 * Physical cores of this machine, at most as many as this process may use. From the kernel's topology where there is
 * one (Linux), else the number of usable logical CPUs.
 */
export function physicalCores(): number {
  const cores = new Set<string>()
  const root = '/sys/devices/system/cpu'
  try {
    for (const name of readdirSync(root)) {
      if (/^cpu\d+$/.test(name)) cores.add(readFileSync(`${root}/${name}/topology/thread_siblings_list`, 'utf8'))
    }
  } catch {
    // Not Linux, or a CPU that is offline: the logical CPUs are the best that is known.
    return availableParallelism()
  }
  return Math.max(1, Math.min(cores.size, availableParallelism()))
}

/** Threads that leave a core to the load client: more threads than free cores slow llama.cpp down many times over. */
export const defaultThreads = (): number => Math.max(1, physicalCores() - 1)
