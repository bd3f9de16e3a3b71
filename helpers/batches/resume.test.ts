import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import { type FaultServer, startFaultServer } from '../testing/fault-server/index.ts'
import { measureFaultServer } from '../testing/measure-fault-server.ts'
import type { BatchRun } from './batch-run.ts'

const plan = {
  batches: 3,
  requestsPerBatch: 20,
  chunk: 8,
  promptTokens: 16,
  outputTokens: 4,
  pauseMs: 0,
  isExact: true,
}

/** Measures until so many requests are done, or to the end. */
function measure(
  server: FaultServer,
  directory: string,
  stopAfter: number,
  outputTokens = plan.outputTokens,
): Promise<BatchRun> {
  const stop = new AbortController()
  return measureFaultServer(server, {
    plan: { ...plan, outputTokens },
    directory,
    signal: stop.signal,
    onProgress: ({ done }) => {
      if (done === stopAfter) stop.abort()
    },
  })
}

test('a run that was stopped goes on where it was: whole chunks are not sent again, and nothing is counted twice', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'resume-'))
  await using server = await startFaultServer({ slots: plan.chunk })
  try {
    await expect(measure(server, directory, 26)).rejects.toThrow(CouldNotMeasureError)
    const before = (await server.ledger()).entries.length
    const run = await measure(server, directory, Number.POSITIVE_INFINITY)
    // The first batch whole; of the second one its first chunk, if all of it came back before the stop.
    expect([20, 28]).toContain(run.earlierRequests)
    expect(run.batches.map(batch => [batch.completed, batch.failed])).toEqual([
      [20, 0],
      [20, 0],
      [20, 0],
    ])
    expect(run.batches.map(batch => batch.chunks.map(chunk => chunk.completed))).toEqual([
      [8, 8, 4],
      [8, 8, 4],
      [8, 8, 4],
    ])
    expect(run.batches.map(batch => batch.memory.state)).toEqual(['absent', 'measured', 'measured'])
    const sentAgain = (await server.ledger()).entries.length - before
    expect(sentAgain).toBe(2 * plan.chunk + 60 - run.earlierRequests)
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('refuses to go on with another workload, or with a plan that was changed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'resume-'))
  await using server = await startFaultServer({ slots: plan.chunk })
  try {
    await expect(measure(server, directory, 1)).rejects.toThrow(CouldNotMeasureError)
    await expect(measure(server, directory, 1, 5)).rejects.toThrow(/Resume with the workload it was started with/)
    const file =
      (await readdir(directory)).find(name => name.endsWith('.plan.json')) ?? expect.unreachable('no plan was kept')
    await writeFile(join(directory, file), '{"requestsPerBatch": 0}')
    await expect(measure(server, directory, 1)).rejects.toThrow(/resuming from .*plan\.json/)
  } finally {
    await rm(directory, { recursive: true })
  }
})
