import { COMMENT_LIMIT, escapeMarkdown, resultsMarkdown, verdictSentence } from '../reporting/index.ts'
import type { GateOutcome } from './gate-outcome.ts'
import type { RunLinks } from './github.ts'

/** What a comment of the gate begins with: by it the next run finds the one to update. */
export const commentMark = '<!-- vitest-llm-perf: performance gate -->'

/** Reasons beyond these are counted, not listed. */
const LISTED_REASONS = 20
/** The longest that one of them may be, in characters. */
const REASON_LENGTH = 400

/** The gate's word as text for a pull request: how it ended and why; what was measured, folded. At most `COMMENT_LIMIT`. */
export function gateComment(outcome: GateOutcome, links: RunLinks): string {
  const { results, exitCode, ending } = outcome
  const head = [commentMark, ...headline(outcome), ...linkLine(links)].join('\n')
  if (results === null) return `${head}\nNo results were written.\n`
  const fold = [`<details><summary>${verdictSentence(results.items)}</summary>`, '']
  const end = ['', '</details>', '']
  const limit = COMMENT_LIMIT - [head, ...fold, ...end, ''].join('\n').length
  return [
    head,
    ...fold,
    resultsMarkdown(results, { limit, exit: { code: exitCode, meaning: ending.word } }).trimEnd(),
    ...end,
  ].join('\n')
}

/** How the gate ended, what that means and why, as Markdown. */
export function headline({ exitCode, ending, reasons, notes }: GateOutcome): string[] {
  return [
    `## ${ending.sign} Performance gate: ${ending.word} (exit code ${exitCode})`,
    '',
    `${ending.means} ${ending.next}`,
    '',
    ...reasonLines(reasons),
    ...notes.flatMap(note => [escapeMarkdown(note), '']),
  ]
}

function reasonLines(reasons: readonly string[]): string[] {
  if (reasons.length === 0) return []
  const listed = reasons.slice(0, LISTED_REASONS).map(reason => `- ${escapeMarkdown(shortened(reason))}`)
  const more = reasons.length - listed.length
  return [...listed, ...(more > 0 ? [`- and ${more} more`] : []), '']
}

function linkLine({ commit, runUrl }: RunLinks): string[] {
  const parts = [
    ...(commit === null ? [] : [`commit ${commit.slice(0, 12)}`]),
    ...(runUrl === null ? [] : [`[run, report and records](${runUrl})`]),
  ]
  return parts.length === 0 ? [] : [parts.join(' · '), '']
}

const shortened = (text: string): string =>
  text.length <= REASON_LENGTH ? text : `${text.slice(0, REASON_LENGTH - 1)}…`
