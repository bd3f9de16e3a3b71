import { appendFileSync } from 'node:fs'

/** What GitHub takes of one step as its summary: 1 MiB, of which a character of this text takes 3 bytes at most. */
export const STEP_SUMMARY_LIMIT = Math.floor(2 ** 20 / 3)

/** Appends to the job's summary on GitHub; does nothing elsewhere. */
export function writeStepSummary(markdown: string, path = process.env.GITHUB_STEP_SUMMARY): void {
  if (path) appendFileSync(path, `${markdown}\n`)
}
