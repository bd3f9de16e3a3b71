import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../engines/hosts/free-port.ts'
import { helpers, perfProject, startPerfRun } from '../testing/perf-run.ts'
import { scrape } from './scrape-for-tests.ts'

/** Measures, judges, and then waits for a file, so that somebody can look meanwhile. */
const spec = `
import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, percent, test as perfTest } from '${helpers}/index.ts'
const test = perfTest.extend('batches', { scope: 'file' }, ({ load }) => load.batches({
  id: 'mine.metrics', model: 'qwen2.5-0.5b', role: 'small',
  batches: 2, requestsPerBatch: 8, chunk: 4, promptTokens: 16, outputTokens: 8, pauseMs: 0,
}))
test('answers', ({ batches }) => { expect(batches).toHaveSuccessRate(percent(100)) })
test('waits', async ({ perf }) => {
  process.stdout.write('looking\\n')
  while (!existsSync(perf.root + '/seen')) await wait(20)
})
`

const sumOf = (values: Record<string, unknown>[], field: string): number =>
  values.reduce((sum, value) => sum + Number(value[field]), 0)

test('a run is scraped while it goes on: the page holds what was sent, and ends with it', async () => {
  const port = await freePort()
  await using project = await perfProject({ 'metrics.perf.ts': spec })
  await using run = await startPerfRun('perf/', { PERF_METRICS_PORT: String(port) }, { folder: project.folder })
  await run.until(() => run.text().includes('looking'))
  const records = run.records().filter(({ batch }) => batch !== -1)
  const warmUps = run.records().length - records.length
  expect(records).toHaveLength(16)
  const page = await scrape(port)
  expect(page).toMatchObject({
    'llm_perf_requests_completed_total{phase="measured"}': 16,
    'llm_perf_requests_completed_total{phase="warm-up"}': warmUps,
    llm_perf_requests_outstanding: 0,
    'llm_perf_tokens_total{phase="measured",kind="prompt"}': sumOf(records, 'promptTokens'),
    'llm_perf_tokens_total{phase="measured",kind="completion"}': 8 * 16,
    'llm_perf_request_duration_seconds_count{phase="measured"}': 16,
    'llm_perf_time_to_first_token_seconds_count{phase="measured"}': 16,
    'llm_perf_spec_info{spec="mine.metrics"}': 1,
    'llm_perf_progress_ratio{spec="mine.metrics"}': 1,
    'llm_perf_verdicts{verdict="pass"}': 1,
  })
  expect(page['llm_perf_time_to_first_token_seconds_sum{phase="measured"}']).toBeCloseTo(
    sumOf(records, 'ttftMs') / 1000,
  )
  expect(Object.keys(page).filter(name => name.includes('failed'))).toEqual([])
  writeFileSync(join(project.folder, 'seen'), '')
  expect(await run.ended(), run.text()).toBe(0)
  await expect(scrape(port)).rejects.toThrow()
})

test('a port that is taken ends a run with exit code 2, before an engine is started', async () => {
  await using other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await using project = await perfProject({ 'metrics.perf.ts': spec })
  await using run = await startPerfRun('perf/', { PERF_METRICS_PORT: String(port) }, { folder: project.folder })
  expect(await run.ended(), run.text()).toBe(2)
  expect(run.text()).toContain(`PERF_METRICS_PORT is ${port}, and another process listens on 127.0.0.1:${port}`)
  expect(run.text()).not.toContain('looking')
})
