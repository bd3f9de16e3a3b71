import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { absent, type Measured, measured } from '../measured.ts'

const run = promisify(execFile)

/** What a small program of the system prints; absent with the reason where it is not there or refuses. */
export async function output(program: string, words: readonly string[], comesWith: string): Promise<Measured<string>> {
  try {
    return measured((await run(program, [...words])).stdout)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if ('code' in error && error.code === 'ENOENT') return absent(`${program} (${comesWith}) is not installed`)
    const said = 'stderr' in error ? String(error.stderr).trim() : ''
    return absent(`${program} failed: ${said || error.message}`)
  }
}
