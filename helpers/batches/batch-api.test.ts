import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { assertReachesEngine, BatchApi, batchApiPath } from '../batch-api/index.ts'
import { absent } from '../measured.ts'
import { type BatchServerSettings, startBatchServer } from '../testing/batch-server/index.ts'
import { startFaultServer } from '../testing/fault-server/index.ts'
import { measureFaultServer } from '../testing/measure-fault-server.ts'
import { gibibytes, percent } from '../units.ts'
import {
  judgeAccounts,
  judgeCrashes,
  judgeLeakTrend,
  judgeResidency,
  judgeSuccessRate,
  judgeThroughputVariance,
  judgeVramDelta,
} from '../verdicts/index.ts'
import { checkBaseline } from './index.ts'

const plan = {
  batches: 3,
  requestsPerBatch: 48,
  chunk: 12,
  promptTokens: 16,
  outputTokens: 4,
  pauseMs: 0,
  isExact: true,
}

/** A whole run through a server of the Batch API in front of the fault server. */
async function measured(change: Partial<BatchServerSettings> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'batch-api-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await using engine = await startFaultServer({ slots: plan.chunk, ttftMs: 20 })
  await using server = await startBatchServer({ engineUrl: engine.origin, concurrency: plan.chunk, ...change })
  const done: number[] = []
  const run = await measureFaultServer(engine, {
    plan,
    directory,
    openPath: setup => batchApiPath(new BatchApi({ url: server.url }), setup),
    onProgress: progress => void done.push(progress.done),
  })
  return { run, done, ledger: server.ledger(), engineLedger: await engine.ledger() }
}

test('a healthy server: what needs no times of single requests is judged, the rest says why not', async () => {
  const { run, done, ledger, engineLedger } = await measured()
  expect(judgeAccounts(run)).toMatchObject({ verdict: 'pass', n: 144 })
  expect(judgeSuccessRate(run, percent(100))).toMatchObject({ verdict: 'pass' })
  expect(judgeCrashes(run)).toMatchObject({ verdict: 'pass' })
  expect(judgeResidency(run)).toMatchObject({
    verdict: 'pass',
    line: expect.stringContaining('token counter'),
  })
  expect(judgeVramDelta(run, gibibytes(0.5))).toMatchObject({ verdict: 'pass' })
  expect(judgeLeakTrend(run)).toMatchObject({
    verdict: 'inconclusive',
    reason: 'a trend needs 8 readings after warm-up, one a chunk; this run has 3',
  })
  for (const { chunks } of run.batches) {
    expect(chunks.length).toBeGreaterThan(1)
    expect(chunks.map(chunk => chunk.memoryBytes.state)).toEqual([...chunks.slice(1).map(() => 'absent'), 'measured'])
    expect(chunks[0]?.memoryBytes).toEqual(absent(expect.stringContaining('the Batch API does not pause')))
  }
  expect(run.batches[0]?.startDelayMs).toEqual(absent('the Batch API does not tell when a first token came'))
  expect(done.at(-1)).toBe(144)
  // Three ledgers, of the client, the batch server and the engine, warm-up included.
  const sent = 144 + 4 * plan.chunk
  expect([ledger.submitted.length, ledger.forwarded.length, engineLedger.entries.length]).toEqual([sent, sent, sent])
  expect(ledger.files).toEqual([])
  const context = { root: tmpdir(), update: 'none', hardware: { id: 'x' } } as unknown as Parameters<
    typeof checkBaseline
  >[2]
  expect(await checkBaseline(run, 'ttft', context)).toMatchObject({
    assessment: { verdict: 'not applicable', reason: 'the Batch API tells no times of single requests' },
  })
})

test('a server that loses lines turns the accounts and the success rate red, and nothing else', async () => {
  const { run, ledger } = await measured({ loseEvery: 16 })
  const lost = ledger.lost.filter(id => !id.startsWith('warm-up'))
  expect(lost).toHaveLength(9)
  expect(judgeAccounts(run)).toMatchObject({ verdict: 'fail', measured: { value: 9 } })
  expect(judgeSuccessRate(run, percent(100))).toMatchObject({
    verdict: 'fail',
    line: expect.stringContaining('9 failed: 9 × unaccounted'),
  })
  expect([judgeCrashes(run).verdict, judgeResidency(run).verdict]).toEqual(['pass', 'pass'])
})

test('a server that counts only at the end of a batch: no verdict about differences, with the reason', async () => {
  const { run } = await measured({ counts: 'at the end' })
  expect(run.batches.map(batch => batch.chunks.length)).toEqual([1, 1, 1])
  const longer = {
    ...run,
    batches: run.batches.map(batch => ({ ...batch, completed: 50, endMs: batch.startMs + 6000 })),
  }
  expect(judgeThroughputVariance(longer, percent(10))).toMatchObject({
    verdict: 'inconclusive',
    reason: expect.stringContaining('every batch needs two chunks or more'),
  })
})

test('a server that sends its requests to another engine is found out', async () => {
  await using other = await startFaultServer()
  const { run } = await measured()
  assertReachesEngine(run, 'http://batches')
  const elsewhere = measured({ engineUrl: other.origin })
  const strayed = (await elsewhere).run
  expect(() => assertReachesEngine(strayed, 'http://batches')).toThrow(
    /192 tokens came back through http:\/\/batches, and the engine at .* has generated 0/,
  )
})
