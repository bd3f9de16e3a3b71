import type { RunWatcher } from '../reporting/index.ts'
import './requests-artifact.ts'

/**
 * Prometheus metrics of a run on a port of 127.0.0.1, from its start to its end. It lives in vitest's main process, where
 * progress and verdicts arrive anyway; requests are counted where they are sent ({@link startRequestFeed}). The process
 * that measures is not asked for anything.
 */
export function exporterOn(port: number): RunWatcher {
  let running: { metrics: import('./suite-metrics.ts').SuiteMetrics; server: AsyncDisposable } | null = null
  return {
    async started() {
      // Loaded when it is needed: most runs have no port.
      const { SuiteMetrics } = await import('./suite-metrics.ts')
      const { startMetricsServer } = await import('./metrics-server.ts')
      const metrics = new SuiteMetrics()
      running = { metrics, server: await startMetricsServer(port, metrics) }
    },
    artifact(artifact) {
      if (artifact.type === 'perf:progress') running?.metrics.progress(artifact)
      if (artifact.type === 'perf:requests') running?.metrics.requests(artifact)
    },
    judged(counts) {
      running?.metrics.verdicts(counts)
    },
    async ended() {
      const ended = running
      running = null
      await ended?.server[Symbol.asyncDispose]()
    },
  }
}
