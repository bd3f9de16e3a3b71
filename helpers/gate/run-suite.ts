import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** How `vitest run` ended. */
export interface SuiteEnd {
  /** Its exit code, or 128 + the number of the signal that killed it. */
  exitCode: number
  /** Its process id, which the folder of its run is named after. */
  pid: number
  /** The last lines of stderr that are not empty, without colours, indentation and bullets. */
  lastWords: string[]
}

const KEPT_LINES = 12

/**
 * Runs `vitest run <arguments>` in the current folder to its end. What it prints goes where ours goes. Ctrl-C and SIGTERM
 * end vitest first, so that no engine outlives it.
 */
export async function runSuite(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<SuiteEnd> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', ...args], {
    stdio: ['inherit', 'inherit', 'pipe'],
    env: environment,
  })
  let tail = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    process.stderr.write(text)
    tail = (tail + text).slice(-KEPT_CHARACTERS)
  })
  // A terminal sends Ctrl-C to vitest as well; whoever runs a job on a server signals only this process.
  const interrupt = () => process.stdin.isTTY || child.kill('SIGINT')
  const terminate = () => child.kill('SIGTERM')
  process.on('SIGINT', interrupt).on('SIGTERM', terminate)
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
    })
    return { exitCode, pid: child.pid ?? 0, lastWords: lastLines(tail) }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', terminate)
  }
}

const KEPT_CHARACTERS = 16_384

const lastLines = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split('\n')
    .map(line => line.replace(/^\s*(- )?/, '').trimEnd())
    .filter(Boolean)
    .slice(-KEPT_LINES)
