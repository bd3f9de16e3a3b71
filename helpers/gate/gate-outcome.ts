import { exitCodes } from '../errors.ts'
import { type ResultItem, type Results, unjudged } from '../reporting/index.ts'
import { type Ending, endingOf } from './ending.ts'

/** How the gate ended, as everything that people see of it is made of. */
export interface GateOutcome {
  exitCode: number
  ending: Ending
  /** Why, a line each, the most telling first; none where the exit code is 0. */
  reasons: string[]
  /** Null where the run ended before it wrote any. */
  results: Results | null
  /** What the parts of a run do not have in common and a reader should know, a sentence each. */
  notes: string[]
}

export interface GateInput {
  exitCode: number
  results: Results | null
  /** PERF_REQUIRE: ids of criteria that must have been judged. */
  required: readonly string[]
  /** What the run said last on stderr: all there is to say where it wrote no results. */
  lastWords: readonly string[]
}

/** Puts an exit code beside the lines of the results that explain it. */
export function gateOutcome({ exitCode, results, required, lastWords }: GateInput): GateOutcome {
  const found = results === null ? [] : reasonsFor(exitCode, results, required)
  const reasons = exitCode === exitCodes.ok ? [] : found.length > 0 ? found : [...lastWords]
  return { exitCode, ending: endingOf(exitCode), reasons, results, notes: [] }
}

/** What is required and was not judged, a line each, with the reason that the run gave for it. */
export function notJudged(items: readonly ResultItem[], required: readonly string[]): string[] {
  const reasons = new Map(items.map(({ id, reason }) => [id, firstLine(reason ?? '')]))
  return required.flatMap(id => {
    const reason = reasons.get(id)
    return unjudged(items, [id]).map(line => (reason ? `${line}: ${reason}` : line))
  })
}

function reasonsFor(exitCode: number, results: Results, required: readonly string[]): string[] {
  switch (exitCode) {
    case exitCodes.failed:
      return results.items.filter(({ verdict }) => verdict === 'fail').map(failureLine)
    case exitCodes.couldNotMeasure:
      return [...brokenLines(results), ...notJudged(results.items, required)]
    default:
      return []
  }
}

const failureLine = ({ id, evidence, reason }: ResultItem): string =>
  `${id}: ${[evidence.line, firstLine(reason ?? '')].filter(Boolean).join(' · ')}`

/** One line for each cause: an engine that does not start breaks every item in the same words. */
function brokenLines({ items }: Results): string[] {
  const byReason = Map.groupBy(
    items.filter(({ verdict }) => verdict === 'could not measure'),
    ({ reason }) => beginning(reason ?? 'could not be measured'),
  )
  return [...byReason].map(([reason, [first, ...more]]) =>
    more.length > 0 ? `${reason} (${more.length + 1} items)` : `${first?.id}: ${reason}`,
  )
}

/** An error and what the engine said last, without the rest of its log. */
const beginning = (text: string): string => text.split('\n').filter(Boolean).slice(0, CAUSE_LINES).join(' · ')

const CAUSE_LINES = 3

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''
