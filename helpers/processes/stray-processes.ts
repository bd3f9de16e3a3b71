import { allPids, DEFAULT_PROC_ROOT, type ProcRoot } from './proc-file.ts'
import { commandLine } from './process-identity.ts'
import { readMemory } from './process-memory.ts'
import { ancestors, processTree } from './process-tree.ts'

export interface StrayProcess {
  pid: number
  command: string
  rssBytes: number
}

/** Other engines and load clients that commonly run beside an engine under test. */
export const strayPatterns: readonly RegExp[] = [
  /\bollama\b/,
  /\bvllm\b/i,
  /\bllama-server\b/,
  /\bllama-(cli|bench|batched)\b/,
  /\bsglang\b/,
  /\btext-generation-(launcher|router|server)\b/,
  /\btritonserver\b/,
  /\blmdeploy\b/,
  /python\S*\s.*batch/,
]

/**
 * Processes whose full command line matches one of the patterns, largest memory first.
 *
 * Left out: the excluded processes with all their descendants, this process, and the processes that started it (a shell
 * whose command line names an engine is no engine).
 */
export function strayProcesses({
  patterns = strayPatterns,
  exclude,
  procRoot = DEFAULT_PROC_ROOT,
}: { patterns?: readonly RegExp[]; exclude: readonly number[] } & ProcRoot): StrayProcess[] {
  const own = new Set([
    process.pid,
    ...ancestors(process.pid, { procRoot }),
    ...exclude.flatMap(pid => [pid, ...processTree(pid, { procRoot })]),
  ])
  return allPids(procRoot)
    .filter(pid => !own.has(pid))
    .flatMap(pid => {
      const command = commandLine(pid, procRoot)
      if (command === '' || !patterns.some(pattern => pattern.test(command))) return []
      const memory = readMemory(pid, procRoot)
      return memory.state === 'measured' ? [{ pid, command, rssBytes: memory.value.rssBytes }] : []
    })
    .sort((a, b) => b.rssBytes - a.rssBytes)
}
