import { spawn } from 'node:child_process'

export interface Ended {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** Runs a program of `scripts/` to its end, without the options of a run that this environment holds unless they are given. */
export function runScript(
  script: string,
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<Ended> {
  const clean = Object.entries(process.env).filter(([name]) => !/^(PERF_|FORCE_COLOR$)/.test(name))
  const child = spawn(process.execPath, [script, ...args], { cwd, env: { ...Object.fromEntries(clean), ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', exitCode => resolve({ exitCode, stdout, stderr }))
  })
}
