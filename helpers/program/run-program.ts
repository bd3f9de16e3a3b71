import { exitCodes, PerfError } from '../errors.ts'

/**
 * Runs a program and sets the exit code of this process: the number that `main` returns, else 0, or that of what it
 * throws. A PerfError is a message for a person and has its own exit code; anything else is a fault of the program, which
 * is shown with its stack: it says nothing about what was measured, so it is never a 1. An exit code that `main` had set
 * before it threw stays.
 */
export async function runProgram(main: () => unknown): Promise<void> {
  try {
    const code = await main()
    process.exitCode = typeof code === 'number' ? code : 0
  } catch (error) {
    console.error(error instanceof PerfError ? error.message : error)
    process.exitCode ||= error instanceof PerfError ? error.exitCode : exitCodes.couldNotMeasure
  }
}
