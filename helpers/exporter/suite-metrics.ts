import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ProgressArtifact } from '../reporting/index.ts'
import type { Verdict } from '../verdicts/index.ts'
import type { RequestPhase, RequestsArtifact } from './requests-artifact.ts'

/** Of a request, in seconds: from one answer of a small model to a long one in a queue. */
const DURATION_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800]
const TTFT_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300]

/** What a run tells of itself while it goes on, in Prometheus' format. Seconds, as Prometheus wants them. */
export class SuiteMetrics {
  readonly #registry = new Registry()
  readonly #of = { registers: [this.#registry] }
  readonly #completed = new Counter({
    ...this.#of,
    name: 'llm_perf_requests_completed_total',
    help: 'Requests with a complete answer.',
    labelNames: ['phase'],
  })
  readonly #failed = new Counter({
    ...this.#of,
    name: 'llm_perf_requests_failed_total',
    help: 'Requests without one, by the class of the failure.',
    labelNames: ['phase', 'class'],
  })
  readonly #outstanding = new Gauge({
    ...this.#of,
    name: 'llm_perf_requests_outstanding',
    help: 'Requests that were sent and have not ended.',
  })
  readonly #tokens = new Counter({
    ...this.#of,
    name: 'llm_perf_tokens_total',
    help: 'Tokens of completed requests as the engine counts them; cached ones are prompt tokens too.',
    labelNames: ['phase', 'kind'],
  })
  readonly #duration = new Histogram({
    ...this.#of,
    name: 'llm_perf_request_duration_seconds',
    help: 'Completed requests from their sending to their end.',
    labelNames: ['phase'],
    buckets: DURATION_BUCKETS,
  })
  readonly #ttft = new Histogram({
    ...this.#of,
    name: 'llm_perf_time_to_first_token_seconds',
    help: 'Completed streams from their sending to the first token.',
    labelNames: ['phase'],
    buckets: TTFT_BUCKETS,
  })
  readonly #spec = new Gauge({
    ...this.#of,
    name: 'llm_perf_spec_info',
    help: 'The spec that runs.',
    labelNames: ['spec'],
  })
  readonly #progress = new Gauge({
    ...this.#of,
    name: 'llm_perf_progress_ratio',
    help: 'Share of the requests of the step that runs which have ended; absent where it counts none.',
    labelNames: ['spec'],
  })
  readonly #eta = new Gauge({
    ...this.#of,
    name: 'llm_perf_eta_seconds',
    help: 'Time left of the step that runs, at the rate of the last seconds; absent where it is not known.',
    labelNames: ['spec'],
  })
  readonly #verdicts = new Gauge({
    ...this.#of,
    name: 'llm_perf_verdicts',
    help: 'Criteria judged so far, by verdict.',
    labelNames: ['verdict'],
  })

  requests({ ended, outstanding }: Pick<RequestsArtifact, 'ended' | 'outstanding'>): void {
    this.#outstanding.set(outstanding)
    for (const phase of ['warm-up', 'measured'] satisfies RequestPhase[]) {
      const counts = ended[phase]
      this.#completed.inc({ phase }, counts.completed)
      for (const [name, failed] of Object.entries(counts.failures)) this.#failed.inc({ phase, class: name }, failed)
      this.#tokens.inc({ phase, kind: 'prompt' }, counts.promptTokens)
      this.#tokens.inc({ phase, kind: 'cached' }, counts.cachedTokens)
      this.#tokens.inc({ phase, kind: 'completion' }, counts.completionTokens)
      for (const ms of counts.durationsMs) this.#duration.observe({ phase }, ms / 1000)
      for (const ms of counts.ttftsMs) this.#ttft.observe({ phase }, ms / 1000)
    }
  }

  progress({
    spec,
    done,
    total,
    ratePerSecond,
  }: Pick<ProgressArtifact, 'spec' | 'done' | 'total' | 'ratePerSecond'>): void {
    for (const gauge of [this.#spec, this.#progress, this.#eta]) gauge.reset()
    this.#spec.set({ spec }, 1)
    if (total === 0) return
    this.#progress.set({ spec }, Math.min(1, done / total))
    if (ratePerSecond > 0) this.#eta.set({ spec }, Math.max(0, total - done) / ratePerSecond)
  }

  verdicts(counts: Readonly<Record<Verdict, number>>): void {
    for (const [verdict, count] of Object.entries(counts)) this.#verdicts.set({ verdict }, count)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
