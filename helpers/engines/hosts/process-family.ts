import { readdirSync, readFileSync } from 'node:fs'
import { isAlive, processTree } from '../../processes/index.ts'

/** In the environment of a server and of all that it starts, with a value that no other launch has. */
export const launchMark = 'VITEST_LLM_PERF_LAUNCH'

/**
 * A server's living processes, whoever their parents are by now: its session, all that carries its launch's mark (a
 * process that made a session of its own and outlived its parent), and its descendants (one that overwrote its
 * environment with its title). Without /proc the server alone.
 */
export function processFamily(root: number, mark: string): number[] {
  const related = allPids().filter(
    pid => sessionOf(pid) === root || environmentOf(pid).includes(`${launchMark}=${mark}`),
  )
  return [...new Set([root, ...processTree(root), ...related])].filter(pid => isAlive(pid))
}

function allPids(): number[] {
  try {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** Field 6 of /proc/<pid>/stat (proc_pid_stat(5)); fields 3 and on follow the name's closing parenthesis. */
function sessionOf(pid: number): number {
  const stat = textOf(pid, 'stat')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3])
}

const environmentOf = (pid: number): string => textOf(pid, 'environ')

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    // It has ended, or is another user's: then it is none of ours.
    return ''
  }
}
