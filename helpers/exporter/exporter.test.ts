import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { freePort } from '../engines/hosts/free-port.ts'
import { BadInputError } from '../errors.ts'
import type { CompletedRecord, FailureClass, RequestRecord } from '../load/index.ts'
import type { RunWatcher } from '../reporting/index.ts'
import { exporterOn } from './index.ts'
import { countRequest, noRequests } from './request-counts.ts'
import { scrape } from './scrape-for-tests.ts'

const completed = (changes: Partial<CompletedRecord> = {}): CompletedRecord => ({
  ...{ id: 'a', batch: 0, chunk: 0, scheduledAtMs: 1000, sentAtMs: 1000, endedAtMs: 3000 },
  ...{ state: 'completed', finishReason: 'length', ttftMs: 40, ttfotMs: 40, arrivalsMs: [40], timings: null },
  ...{ promptTokens: 30, completionTokens: 8, cachedTokens: 5 },
  ...changes,
})

const failed = (failure: FailureClass): RequestRecord => ({
  ...{ id: 'b', batch: 0, chunk: 0, scheduledAtMs: 0, sentAtMs: 0, endedAtMs: 1 },
  ...{ state: 'failed', failure, message: '', httpStatus: null, tokensSeen: 0 },
})

function counted(...records: RequestRecord[]) {
  const counts = noRequests()
  for (const record of records) countRequest(counts, record)
  return counts
}

/** One that runs, on a free port, and is ended with the test. */
async function running(): Promise<AsyncDisposable & { port: number; exporter: RunWatcher }> {
  const port = await freePort()
  const exporter = exporterOn(port)
  await exporter.started()
  return { port, exporter, [Symbol.asyncDispose]: () => exporter.ended() }
}

describe('a page', () => {
  test('adds up what is reported: requests, tokens, times', async () => {
    await using run = await running()
    const { cachedTokens, ...uncached } = completed()
    const first = counted(completed(), failed('stall'), failed('stall'), failed('connect'))
    const second = counted({ ...uncached, cachedTokens: null, endedAtMs: 8000, ttftMs: 90 })
    for (const measured of [first, second])
      run.exporter.artifact({
        type: 'perf:requests',
        ended: { measured, 'warm-up': counted(completed()) },
        outstanding: 3,
      })
    expect(await scrape(run.port)).toMatchObject({
      'llm_perf_requests_completed_total{phase="measured"}': 2,
      'llm_perf_requests_completed_total{phase="warm-up"}': 2,
      'llm_perf_requests_failed_total{phase="measured",class="stall"}': 2,
      'llm_perf_requests_failed_total{phase="measured",class="connect"}': 1,
      llm_perf_requests_outstanding: 3,
      'llm_perf_tokens_total{phase="measured",kind="prompt"}': 60,
      'llm_perf_tokens_total{phase="measured",kind="cached"}': 5,
      'llm_perf_tokens_total{phase="measured",kind="completion"}': 16,
      'llm_perf_request_duration_seconds_sum{phase="measured"}': 9,
      'llm_perf_request_duration_seconds_bucket{le="2.5",phase="measured"}': 1,
      'llm_perf_request_duration_seconds_bucket{le="10",phase="measured"}': 2,
      'llm_perf_time_to_first_token_seconds_sum{phase="measured"}': 0.13,
      'llm_perf_time_to_first_token_seconds_count{phase="measured"}': 2,
    })
  })

  test('counts what has no times of its own', async () => {
    const { ttftMs, ttfotMs, arrivalsMs, timings, ...rest } = completed()
    expect(counted({ ...rest, state: 'batched' })).toMatchObject({ completed: 1, durationsMs: [], ttftsMs: [] })
    expect(counted({ ...rest, timings, state: 'whole' })).toMatchObject({ durationsMs: [2000], ttftsMs: [] })
  })

  test('says which spec runs, how far it is and what it has left; nothing of one that has ended', async () => {
    await using run = await running()
    const progress = { type: 'perf:progress', done: 25, total: 100, ratePerSecond: 5, note: '' } as const
    run.exporter.artifact({ ...progress, spec: '001.first' })
    expect(await scrape(run.port)).toMatchObject({
      'llm_perf_spec_info{spec="001.first"}': 1,
      'llm_perf_progress_ratio{spec="001.first"}': 0.25,
      'llm_perf_eta_seconds{spec="001.first"}': 15,
    })
    run.exporter.artifact({ ...progress, spec: '001.second', total: 0, note: 'loading' })
    expect(Object.keys(await scrape(run.port)).filter(name => name.includes('spec='))).toEqual([
      'llm_perf_spec_info{spec="001.second"}',
    ])
    run.exporter.artifact({ ...progress, spec: '001.second', done: 1, ratePerSecond: 0 })
    expect(await scrape(run.port)).not.toHaveProperty('llm_perf_eta_seconds{spec="001.second"}')
  })

  test('tells the verdicts so far, which a later judgement may change', async () => {
    await using run = await running()
    const none = { pass: 0, fail: 0, inconclusive: 0, 'not applicable': 0, 'could not measure': 0 }
    run.exporter.judged({ ...none, pass: 3, inconclusive: 1 })
    run.exporter.judged({ ...none, pass: 4, 'not applicable': 2 })
    expect(await scrape(run.port)).toMatchObject({
      'llm_perf_verdicts{verdict="pass"}': 4,
      'llm_perf_verdicts{verdict="inconclusive"}': 0,
      'llm_perf_verdicts{verdict="not applicable"}': 2,
    })
  })

  test('is in the format of Prometheus, and nowhere else', async () => {
    await using run = await running()
    const url = `http://127.0.0.1:${run.port}`
    const page = await fetch(`${url}/metrics`)
    expect(page.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await page.text()).toContain('# TYPE llm_perf_request_duration_seconds histogram')
    const other = await fetch(url)
    expect([other.status, await other.text()]).toEqual([404, 'The metrics of this run are at /metrics.\n'])
  })

  test('is gone at the end, whoever is connected, and may come again', async () => {
    const run = await running()
    await scrape(run.port)
    const silent = connect(run.port, '127.0.0.1').on('error', () => {})
    await once(silent, 'connect')
    await run.exporter.ended()
    await expect(scrape(run.port)).rejects.toThrow()
    await run.exporter.ended()
    await run.exporter.started()
    expect(await scrape(run.port)).toHaveProperty('llm_perf_requests_outstanding', 0)
    await run.exporter.ended()
  })
})

test('a port that is taken is refused by its name', async () => {
  await using other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const start = exporterOn(port).started()
  await expect(start).rejects.toBeInstanceOf(BadInputError)
  await expect(start).rejects.toThrow(
    `PERF_METRICS_PORT is ${port}, and another process listens on 127.0.0.1:${port}. Allowed: a free port.`,
  )
})
