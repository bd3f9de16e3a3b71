import type { Verdict } from '../verdicts/assessment.ts'
import type { Colour } from './paint.ts'

/** The five words in the order in which they are counted, each with its sign and colour. */
export const verdictWords = {
  pass: { sign: '✓', colour: 'green' },
  fail: { sign: '✗', colour: 'red' },
  inconclusive: { sign: '?', colour: 'yellow' },
  'not applicable': { sign: '–', colour: 'dim' },
  'could not measure': { sign: '!', colour: 'magenta' },
} as const satisfies Record<Verdict, { sign: string; colour: Colour }>

export const verdicts = Object.keys(verdictWords) as Verdict[]
