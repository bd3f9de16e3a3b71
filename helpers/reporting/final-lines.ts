import type { ExitDecision } from './exit-code.ts'
import { exitMeanings } from './exit-meaning.ts'
import { countVerdicts, type Item } from './items.ts'
import { type Paint, plainPaint } from './paint.ts'
import { verdicts, verdictWords } from './verdict-words.ts'

/** Reasons beyond these are counted, not listed. */
const LISTED_REASONS = 5

/** `7 pass · 1 fail · 0 inconclusive · 2 not applicable · 0 could not measure` */
export function countLine(items: readonly Pick<Item, 'verdict'>[], paint: Paint = plainPaint): string {
  const counts = countVerdicts(items)
  return verdicts
    .map(word => {
      const text = `${counts[word].toLocaleString('en')} ${word}`
      return counts[word] > 0 ? paint(verdictWords[word].colour, text) : paint('dim', text)
    })
    .join(' · ')
}

/** The end of a run: what was said, where the results are, and what the exit code means if it is not 0. */
export function finalLines(
  { items, resultsPath, exit }: { items: readonly Item[]; resultsPath: string | null; exit: ExitDecision },
  paint: Paint = plainPaint,
): string[] {
  const listed = exit.reasons.slice(0, LISTED_REASONS)
  const more = exit.reasons.length - listed.length
  return [
    ` Verdicts   ${countLine(items, paint)}`,
    ...(resultsPath === null ? [] : [` Results    ${resultsPath}`]),
    ...(exit.code === 0
      ? []
      : [
          ` Exit code  ${paint('red', `${exit.code}: ${exitMeanings[exit.code]}`)}`,
          ...listed.map(reason => `            ${reason}`),
          ...(more > 0 ? [`            and ${more} more`] : []),
        ]),
  ]
}
