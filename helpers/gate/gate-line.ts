import { exitCodes } from '../errors.ts'
import { countLine } from '../reporting/index.ts'
import type { GateOutcome } from './gate-outcome.ts'

/** The gate's one line: `Gate  exit code 1, failed: A criterion failed, … · 240 pass · 1 fail · …` */
export function gateLine({ exitCode, ending, results }: GateOutcome): string {
  const counts = results === null ? 'no results were written' : countLine(results.items)
  return `Gate  exit code ${exitCode}, ${ending.word}: ${ending.means} · ${counts}`
}

/** The same as GitHub shows it beside the job: an error with the word in its title, a notice where the gate passed. */
export function gateAnnotation(outcome: GateOutcome): string {
  const { exitCode, ending, reasons } = outcome
  const level = exitCode === exitCodes.ok ? 'notice' : 'error'
  const title = `Performance gate: ${ending.word} (exit code ${exitCode})`
  const body = [exitCode === exitCodes.ok ? gateLine(outcome) : ending.means, ...reasons.slice(0, LISTED_REASONS)]
  return `::${level} title=${escapeProperty(title)}::${escapeData(body.join('\n'))}`
}

const LISTED_REASONS = 5

// As the toolkit of GitHub Actions escapes workflow commands (actions/toolkit, packages/core/src/command.ts).
const escapeData = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
