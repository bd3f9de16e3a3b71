import { defaultBreakerLimits, type HttpRun } from '../../helpers/batch-inference/index.ts'
import type { MeasuredTable, Observation } from '../../helpers/index.ts'

export interface ChecklistInput {
  id: string
  runs: readonly HttpRun[]
  gpuUtilisation: Observation<'ratio'>
  missingInLog: Observation<'count'>
  /** Of the request log. */
  logFile: string
}

/** Plan 002's deployment checklist and next steps: what this run did of them, and where to go for the others. */
export function checklist({ id, runs, gpuUtilisation, missingInLog, logFile }: ChecklistInput): MeasuredTable {
  const { window, leastRequests, failedShare } = defaultBreakerLimits
  const outcomes = runs.map(({ run }) => run.outcome)
  const notRun = outcomes.filter(({ state }) => state === 'not run').length
  const tripped = outcomes.filter(
    outcome => outcome.state === 'failed' && outcome.message.startsWith('the circuit breaker'),
  ).length
  const alerts = runs.flatMap(({ run }) => run.remarks.filter(remark => remark.includes('will miss its window')))
  const { measured: utilisation } = gpuUtilisation
  return {
    id,
    title: 'Deployment checklist',
    columns: ['Item', 'Done by', 'In this run'],
    rows: [
      ['memory holds the configuration', 'checked before anything is started', `${notRun} of ${runs.length} not run`],
      [
        'GPU utilisation in a ramp-up',
        'measured',
        utilisation.state === 'measured' ? 'see its table' : utilisation.reason,
      ],
      ['throughput in Prometheus', 'PERF_METRICS_PORT for the run, /metrics of the engine', 'names below'],
      ['alert when the ETA exceeds the SLA', 'a line on stderr while it runs', alerts[0] ?? 'none was due'],
      [
        'circuit breaker',
        `more than ${100 * failedShare} % of the last ${window} requests, from ${leastRequests} on`,
        tripped === 0 ? 'did not trip' : `tripped in ${tripped} configurations`,
      ],
      ['request log', logFile, logged(missingInLog)],
      ['autoscaling by queue depth', 'yours: the waiting requests of the engine', 'names below'],
      ['Grafana', 'yours: the metrics of the engine as a data source', 'names below'],
      ['failover', 'perf/model-swapping/real-world-scenarios', 'a run of its own'],
    ],
    notes: [
      'queue depth: vllm:num_requests_waiting, llamacpp:requests_deferred (with --metrics); Ollama has no metrics',
      'work: vllm:num_requests_running, llamacpp:requests_processing; tokens: vllm:generation_tokens_total, llamacpp:tokens_predicted_total; requests: vllm:request_success_total; KV cache: vllm:kv_cache_usage_perc; latency: vllm:e2e_request_latency_seconds',
    ],
  }
}

function logged({ measured, n }: Observation<'count'>): string {
  if (measured.state === 'absent') return measured.reason
  const missing = measured.value.value
  return missing === 0
    ? `${n.toLocaleString('en')} requests, each of them once`
    : `${missing.toLocaleString('en')} of ${n.toLocaleString('en')} requests are wrong`
}
