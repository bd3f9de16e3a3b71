import { PerfError } from '../errors.ts'

/** What is refused before anything is started ends the process with its exit code, and its message on stderr. */
export async function endOnRefusal(check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof PerfError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(error.exitCode)
  }
}
