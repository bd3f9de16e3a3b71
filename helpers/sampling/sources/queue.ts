import { setInterval } from 'node:timers/promises'
import { measured } from '../../measured.ts'
import { findQueuePages, type GetPage, queueMetrics as metrics } from './queue-pages.ts'
import { allAbsent, type Instant, type Sample, type Source } from './source.ts'

const PERIOD_MS = 1000
const TIMEOUT_MS = 900
const STALE_MS = 3000

/** Where the engine's own metrics are: its origin, or the full address of its metrics page. */
export interface QueueTarget {
  url: string
  headers: Record<string, string>
}

export interface QueueSource extends Source {
  /** Resolves when the engine was asked once. */
  ready: Promise<void>
  stop(): Promise<void>
}

/**
 * Requests running and waiting and the number of models loaded, asked of the engine over HTTP once a second: see
 * `findQueuePages`. An engine that has no such pages is not asked again.
 */
export function queueSource(target: QueueTarget | null, nowMs: () => number): QueueSource {
  if (target === null) {
    const sample = allAbsent(metrics, 'no address of engine metrics was given')
    return {
      metrics,
      ready: Promise.resolve(),
      sample: ({ complete }) => (complete ? sample : {}),
      stop: async () => {},
    }
  }
  const stopping = new AbortController()
  const page = new URL(target.url)
  if (page.pathname === '/') page.pathname = '/metrics'
  const get = pageGetter(target.headers, stopping.signal)
  let read: (() => Promise<Sample>) | undefined
  let latest: { sample: Sample; atMs: number } | undefined
  let isFinal = false
  let shownMs = Number.NEGATIVE_INFINITY

  const ask = async (): Promise<void> => {
    if (read === undefined) {
      const pages = await findQueuePages(page, get)
      if (pages.state === 'none') {
        isFinal = pages.isFinal
        latest = { sample: pages.sample, atMs: nowMs() }
        return
      }
      read = pages.read
    }
    latest = { sample: await read(), atMs: nowMs() }
  }
  const ready = ask()
  const asking = ready.then(async () => {
    if (isFinal) return
    // A slow engine is asked less often: there is one question at a time.
    for await (const _ of setInterval(PERIOD_MS, undefined, { signal: stopping.signal, ref: false })) {
      await ask()
      if (isFinal) return
    }
  })
  const stopped = asking.catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error
  })

  return {
    metrics,
    ready,
    sample({ atMs, complete }: Instant): Sample {
      if (latest === undefined) return allAbsent(metrics, 'the engine has not answered yet')
      if (!isFinal && atMs - latest.atMs > STALE_MS) {
        return allAbsent(metrics, `the engine has not answered for ${Math.round(atMs - latest.atMs)} ms`)
      }
      if (!complete && latest.atMs === shownMs) return {}
      shownMs = latest.atMs
      return latest.sample
    },
    async stop() {
      stopping.abort()
      await stopped
    },
  }
}

/** Statuses of a server that is not ready, or is not there behind its proxy. */
const passing = [502, 503, 504]

function pageGetter(headers: Record<string, string>, stopping: AbortSignal): GetPage {
  return async address => {
    try {
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)])
      const response = await fetch(address, { headers, signal })
      const text = await response.text()
      if (response.ok) return measured(text)
      const reason = `${address.pathname} answers with HTTP status ${response.status}`
      return { state: 'absent', reason, isFinal: !passing.includes(response.status) }
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      const reason = `${address.href} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`
      return { state: 'absent', reason, isFinal: false }
    }
  }
}
