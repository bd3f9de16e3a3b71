import { PerfError } from '../errors.ts'

/**
 * Runs a program and sets the exit code of this process: the number that `main` returns, else 0, or that of what it
 * throws. A PerfError is a message for a person and its own exit code; anything else is a fault of the program and keeps
 * its stack.
 */
export async function runProgram(main: () => unknown): Promise<void> {
  try {
    const code = await main()
    process.exitCode = typeof code === 'number' ? code : 0
  } catch (error) {
    if (!(error instanceof PerfError)) throw error
    console.error(error.message)
    process.exitCode = error.exitCode
  }
}
