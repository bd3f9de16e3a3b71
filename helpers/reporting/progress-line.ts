import { formatQuantity } from '../units.ts'
import type { ProgressArtifact } from './artifacts.ts'

export type Progress = Pick<ProgressArtifact, 'spec' | 'done' | 'total' | 'ratePerSecond' | 'note'>

/** `  120/264  45 %  21.4 req/s  6.73 s left  batch 2/3, chunk 1/4  001.sequential-batches` */
export function plainProgressLine(progress: Progress): string {
  return `  ${facts(progress).join('  ')}`
}

/** The same behind a bar, cut to the width of the terminal: a line that wraps could not be erased. */
export function liveProgressLine(progress: Progress, columns: number): string {
  const full = Math.round(BAR_WIDTH * share(progress))
  const bar = progress.total === 0 ? '·'.repeat(BAR_WIDTH) : '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full)
  return `  ${bar}  ${facts(progress).join('  ')}`.slice(0, Math.max(0, columns - 1))
}

const BAR_WIDTH = 20

function facts(progress: Progress): string[] {
  const { spec, done, total, ratePerSecond, note } = progress
  if (total === 0) return [note, spec]
  const known = Number.isFinite(ratePerSecond) && ratePerSecond > 0
  const left = known ? formatQuantity((Math.max(0, total - done) / ratePerSecond) * 1000, 'ms') : 'unknown time'
  return [
    `${done.toLocaleString('en')}/${total.toLocaleString('en')}`,
    `${Math.floor(100 * share(progress))} %`,
    known ? formatQuantity(ratePerSecond, 'requests/s') : '– req/s',
    ...(done < total ? [`${left} left`] : []),
    ...(note ? [note] : []),
    spec,
  ]
}

function share({ done, total }: Progress): number {
  return total > 0 ? Math.min(1, Math.max(0, done / total)) : 0
}
