import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Metric } from './metrics.ts'

/**
 * The series on disk, one line of JSON at a time, appended as they are sampled:
 * first `{schema: 1, anchor: {iso, atMs}, absent: {metric: reason}}`, where `anchor` is one instant on both clocks;
 * then `{t, v: {metric: value}}`, t in ms on the monotonic clock, of the metrics that were sampled at t;
 * and `{t, absent: {metric: reason}}` whenever other metrics than before are absent.
 */
export type SeriesLine =
  | { schema: 1; anchor: { iso: string; atMs: number }; absent: Partial<Record<Metric, string>> }
  | { t: number; v: Partial<Record<Metric, number>> }
  | { t: number; absent: Partial<Record<Metric, string>> }

/** Appends until the first failure, which is kept; nothing is written after a line that may be half. */
export class SeriesFile {
  readonly #path: string
  #descriptor: number | undefined
  #failure: string | undefined

  constructor(path: string) {
    this.#path = path
    this.#attempt(() => {
      mkdirSync(dirname(path), { recursive: true })
      this.#descriptor = openSync(path, 'a')
    })
  }

  /** Why no more is written; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure
  }

  append(line: SeriesLine): void {
    const descriptor = this.#descriptor
    if (descriptor === undefined || this.#failure !== undefined) return
    this.#attempt(() => {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
      for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
    })
  }

  close(): void {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor !== undefined) this.#attempt(() => closeSync(descriptor))
  }

  #attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#failure ??= `Writing the samples to ${this.#path} failed: ${why}. Free some space or move the output folder.`
    }
  }
}
