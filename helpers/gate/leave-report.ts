import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawChart } from '../charts/index.ts'
import { RecordingError } from '../errors.ts'
import { type Part, readConfigurationFiles, reportPage } from '../report/index.ts'
import { gateComment } from './comment.ts'
import type { GateOutcome } from './gate-outcome.ts'
import type { RunLinks } from './github.ts'

export interface ReportSources {
  /** The results files that the outcome's results were merged from, with their folders. */
  parts: readonly (Part & { folder: string })[]
  links: RunLinks
}

/**
 * Leaves `comment.md`, and where there are results `report.html`, in a folder. The comment comes first: it is there also
 * when the page cannot be made.
 *
 * @returns the paths of what was written
 * @throws RecordingError when the disk does not take it
 */
export function leaveReport(folder: string, outcome: GateOutcome, { parts, links }: ReportSources): string[] {
  const { results, notes } = outcome
  const comment = write(folder, 'comment.md', gateComment(outcome, links))
  if (results === null) return [comment]
  const configurations = parts.flatMap(part => readConfigurationFiles(part.folder))
  const page = reportPage({ results, parts, notes, configurations }, drawChart)
  return [comment, write(folder, 'report.html', page)]
}

function write(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, text)
  } catch (cause) {
    throw new RecordingError(`writing ${path}: ${String(cause)}`, { cause })
  }
  return path
}
