import { forward, type InputLine } from './forward.ts'
import type { BatchServerSettings } from './settings.ts'

/** What the server did, line by line: the oracle. */
export interface BatchLedger {
  /** custom_ids in the order in which they were submitted, over all batches. */
  submitted: string[]
  /** Looks at a single batch. */
  looks: number
  forwarded: string[]
  lost: string[]
  repeated: string[]
  failed: string[]
  cancelled: string[]
  /** Files that are there now. */
  files: string[]
}

export interface BatchFields {
  id: string
  object: 'batch'
  endpoint: string
  completion_window: string
  input_file_id: string
  metadata: unknown
  created_at: number
  status: 'validating' | 'failed' | 'in_progress' | 'finalizing' | 'completed' | 'expired' | 'cancelling' | 'cancelled'
  request_counts: { total: number; completed: number; failed: number } | null
  output_file_id: string | null
  error_file_id: string | null
  errors: { object: 'list'; data: { code: string; message: string }[] } | null
}

export interface BatchJobContext {
  settings: BatchServerSettings
  ledger: BatchLedger
  /** Lines that all batches so far have worked on; faults of every n-th line count by it. */
  count: { lines: number }
  /** Resolves when the next group may be sent. */
  gate: () => Promise<void>
  save: (name: string, text: string) => string
}

/** Works a batch off; `fields` changes as it goes on. */
export async function runBatchJob(
  fields: BatchFields,
  input: string,
  context: BatchJobContext,
  signal: AbortSignal,
): Promise<void> {
  const { settings, ledger } = context
  const lines = input
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as InputLine)
  const refusal = settings.refuse ?? (lines.some(line => line.body.stream) ? 'Streaming is not supported' : null)
  if (refusal !== null) {
    fields.errors = { object: 'list', data: [{ code: 'invalid_request', message: refusal }] }
    fields.status = 'failed'
    return
  }
  ledger.submitted.push(...lines.map(line => line.custom_id))
  const seen = { total: lines.length, completed: 0, failed: 0 }
  fields.request_counts = { ...seen, completed: 0, failed: 0 }
  fields.status = 'in_progress'
  const output: string[] = []
  const errors: string[] = []
  let expired = false
  for (let from = 0; from < lines.length && !signal.aborted && !expired; from += settings.concurrency) {
    await Promise.race([context.gate(), aborted(signal)])
    if (signal.aborted) break
    const group = lines.slice(from, from + settings.concurrency)
    const results = await Promise.all(group.map(line => work(line, context, signal)))
    for (const [i, { line, isError, copies }] of results.entries()) {
      seen[isError ? 'failed' : 'completed']++
      for (let copy = 0; copy < copies; copy++) (isError ? errors : output).push(line)
      if (settings.expireAfter === from + i + 1) expired = true
    }
    if (settings.counts === 'as they come') fields.request_counts = { ...seen }
  }
  if (expired)
    for (const { custom_id } of lines.slice(seen.completed + seen.failed)) {
      const error = { code: 'batch_expired', message: 'This request could not be executed in time.' }
      errors.push(JSON.stringify({ id: `r-${custom_id}`, custom_id, response: null, error }))
    }
  if (settings.stranger !== null)
    output.push(JSON.stringify({ custom_id: settings.stranger, response: { status_code: 200, body: {} }, error: null }))
  if (settings.garbage) output.push('{"custom_id": ')
  fields.request_counts = { ...seen }
  if (output.length > 0) fields.output_file_id = context.save(`${fields.id}_output.jsonl`, output.join('\n'))
  if (errors.length > 0) fields.error_file_id = context.save(`${fields.id}_error.jsonl`, errors.join('\n'))
  if (signal.aborted) ledger.cancelled.push(fields.id)
  fields.status = signal.aborted ? 'cancelled' : expired ? 'expired' : 'completed'
}

/** `copies`: how often the line is written. */
async function work(line: InputLine, { settings, ledger, count }: BatchJobContext, signal: AbortSignal) {
  const n = ++count.lines
  const isDue = (every: number | null) => every !== null && n % every === 0
  const copies = isDue(settings.loseEvery) ? 0 : isDue(settings.repeatEvery) ? 2 : 1
  if (copies === 0) ledger.lost.push(line.custom_id)
  if (copies === 2) ledger.repeated.push(line.custom_id)
  const base = { id: `r-${line.custom_id}`, custom_id: line.custom_id }
  if (isDue(settings.failEvery)) {
    ledger.failed.push(line.custom_id)
    const error = { code: 'server_error', message: 'told to fail' }
    return { line: JSON.stringify({ ...base, response: null, error }), isError: true, copies }
  }
  ledger.forwarded.push(line.custom_id)
  const model = String(line.body.model).slice(settings.modelPrefix.length)
  const sent = { ...line, body: { ...line.body, model } }
  const response: object = await forward(settings.engineUrl, sent, signal).catch(error => ({
    status_code: 502,
    body: { error: { message: String(error) } },
  }))
  const shown =
    settings.bodyAsText && 'body' in response ? { ...response, body: JSON.stringify(response.body) } : response
  const isError = 'status_code' in response && response.status_code !== 200
  return { line: JSON.stringify({ ...base, response: shown, error: null }), isError, copies }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
