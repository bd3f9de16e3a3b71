import { createHistogram } from 'node:perf_hooks'
import type { BatchResult } from '../batches/batch-run.ts'
import { absent, type Measured, measured } from '../measured.ts'
import type { CompletedRecord, FailedRecord, FailureClass, RequestRecord, WholeRecord } from './request-record.ts'

/** What the records of a batch add up to. Plain data. */
export interface TallyResult
  extends Pick<
    BatchResult,
    | 'completed'
    | 'failed'
    | 'failures'
    | 'promptTokens'
    | 'completionTokens'
    | 'cachedTokens'
    | 'ttftMs'
    | 'ttfotMs'
    | 'e2eMs'
    | 'tpotMs'
    | 'itlMs'
    | 'engineLoadMs'
  > {
  /** Class and message; null when none failed. */
  firstFailure: string | null
}

/** The largest gap that is kept: an hour, in µs. Longer ones count as that. */
const MAX_GAP_US = 3_600_000_000

/**
 * Adds records up as they finish: a few numbers a request, and one histogram for all gaps between events, so a run of
 * millions of tokens stays small. Gaps are kept to three digits, in whole µs; events of one read are 0 apart and counted
 * as 1 µs, the least that the histogram holds.
 */
export class Tally {
  readonly #gapsUs = createHistogram({ lowest: 1, highest: MAX_GAP_US, figures: 3 })
  readonly #failures: Partial<Record<FailureClass, number>> = {}
  readonly #ttftMs: number[] = []
  readonly #ttfotMs: number[] = []
  readonly #e2eMs: number[] = []
  readonly #tpotMs: number[] = []
  #completed = 0
  #failed = 0
  #firstFailure: string | null = null
  #promptTokens = 0
  #completionTokens = 0
  #cachedTokens: number | null = 0
  /** Of the first chunk's completed requests. */
  #firstChunk = 0
  #leastLoadMs: number | null = null

  add(record: RequestRecord): void {
    if (record.state === 'failed') {
      this.#fail(record)
      return
    }
    this.#succeed(record)
    // The Batch API tells no times of single requests.
    if (record.state === 'batched') return
    this.#timeWhole(record)
    if (record.state === 'completed') this.#timeStream(record)
  }

  /** A copy of what has been added so far. */
  result(): TallyResult {
    return {
      completed: this.#completed,
      failed: this.#failed,
      failures: { ...this.#failures },
      firstFailure: this.#firstFailure,
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
      cachedTokens: this.#cached(),
      ttftMs: [...this.#ttftMs],
      ttfotMs: [...this.#ttfotMs],
      e2eMs: [...this.#e2eMs],
      tpotMs: [...this.#tpotMs],
      itlMs: this.#gaps(),
      engineLoadMs: this.#engineLoad(),
    }
  }

  #fail({ failure, message }: FailedRecord): void {
    this.#failed++
    this.#firstFailure ??= `${failure}: ${message}`
    this.#failures[failure] = (this.#failures[failure] ?? 0) + 1
  }

  #succeed(record: Exclude<RequestRecord, FailedRecord>): void {
    this.#completed++
    if (record.chunk === 0) this.#firstChunk++
    this.#promptTokens += record.promptTokens
    this.#completionTokens += record.completionTokens
    this.#cachedTokens =
      this.#cachedTokens === null || record.cachedTokens === null ? null : this.#cachedTokens + record.cachedTokens
  }

  #timeWhole(record: CompletedRecord | WholeRecord): void {
    this.#e2eMs.push(record.endedAtMs - record.sentAtMs)
    const loadMs = record.timings?.loadMs ?? null
    if (record.chunk === 0 && loadMs !== null) this.#leastLoadMs = Math.min(this.#leastLoadMs ?? loadMs, loadMs)
  }

  #timeStream(record: CompletedRecord): void {
    const e2eMs = record.endedAtMs - record.sentAtMs
    this.#ttftMs.push(record.ttftMs)
    if (record.ttfotMs !== null) this.#ttfotMs.push(record.ttfotMs)
    if (record.completionTokens >= 2) this.#tpotMs.push((e2eMs - record.ttftMs) / (record.completionTokens - 1))
    const { arrivalsMs } = record
    for (let i = 1; i < arrivalsMs.length; i++) {
      const gapUs = Math.round(((arrivalsMs[i] ?? 0) - (arrivalsMs[i - 1] ?? 0)) * 1000)
      this.#gapsUs.record(Math.min(Math.max(gapUs, 1), MAX_GAP_US))
    }
  }

  #cached(): Measured {
    if (this.#completed === 0) return absent('no request completed')
    if (this.#cachedTokens === null) return absent('the engine does not tell how many prompt tokens were cached')
    return measured(this.#cachedTokens)
  }

  #engineLoad(): Measured {
    if (this.#leastLoadMs !== null) return measured(this.#leastLoadMs)
    if (this.#firstChunk === 0) return absent('no request of the first chunk completed')
    return absent('the engine does not tell how long a request waited for the model to load')
  }

  #gaps(): TallyResult['itlMs'] {
    if (this.#gapsUs.count === 0) return null
    const quantile = (percent: number) => this.#gapsUs.percentile(percent) / 1000
    return { p50: quantile(50), p95: quantile(95), p99: quantile(99), max: this.#gapsUs.max / 1000 }
  }
}
