import { exitCodes } from '../errors.ts'

/** How the gate ended, for the people who wait for it. */
export interface Ending {
  /** One or two words; every exit code has its own. */
  word: string
  sign: '✓' | '✗' | '!'
  /** A sentence. */
  means: string
  /** What to do now. */
  next: string
}

const endings: Readonly<Record<number, Ending>> = {
  [exitCodes.ok]: {
    word: 'passed',
    sign: '✓',
    means: 'Nothing failed.',
    next: 'Nothing to do.',
  },
  [exitCodes.failed]: {
    word: 'failed',
    sign: '✗',
    means: 'A criterion failed, a regression was confirmed, or the engine crashed.',
    next:
      'Each line below says what was measured, what is allowed and where to look. ' +
      'If the change is meant to cost this, record the baseline again: `npm run baseline -- --starts 5 --replace`.',
  },
  [exitCodes.badInput]: {
    word: 'bad input',
    sign: '!',
    means: 'An option, a batch file or a baseline file is wrong. Nothing was started.',
    next: 'Correct what the message names and run again.',
  },
  [exitCodes.couldNotMeasure]: {
    word: 'could not measure',
    sign: '!',
    means:
      'Something broke that is not the thing under test, or a required item was not judged. It says nothing about the change.',
    next: 'Repair what the message names (engine, runner, missing baseline), then run the job again.',
  },
  [exitCodes.interrupted]: {
    word: 'interrupted',
    sign: '!',
    means: 'The run was stopped before its end. It says nothing about the change.',
    next: 'Run it again, unless a newer run took its place.',
  },
  [exitCodes.terminated]: {
    word: 'terminated',
    sign: '!',
    means:
      'The run was ended from outside: a limit of time, or a runner that shut down. It says nothing about the change.',
    next: 'Run it again; if the limit of time was too short, raise it.',
  },
}

/** What an exit code of the suite means. A code that the suite does not have is that of a process that was killed. */
export function endingOf(exitCode: number): Ending {
  return (
    endings[exitCode] ?? {
      word: `ended with ${exitCode}`,
      sign: '!',
      means: `The run ended with exit code ${exitCode}, which is none of the suite's: ${killedBy(exitCode)}. It says nothing about the change.`,
      next: 'Look at the log of the job and of the machine, then run again.',
    }
  )
}

const SIGKILL = 9

const killedBy = (exitCode: number): string =>
  exitCode === 128 + SIGKILL
    ? 'it was killed, for instance because memory ran out'
    : exitCode > 128
      ? `it was killed by signal ${exitCode - 128}`
      : 'vitest itself failed'
