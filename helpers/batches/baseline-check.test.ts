import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HardwareIdentity, UpdateMode } from '../baselines/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { exampleRun, steadyChunks } from '../testing/example-run.ts'
import type { BatchRun } from './batch-run.ts'
import { checkBaseline, rememberOrigin } from './index.ts'

const hardware: HardwareIdentity = {
  id: 'test-machine',
  cpu: 'test',
  cores: 2,
  ramBytes: 2 ** 34,
  gpus: [],
  driver: null,
  os: 'Linux',
  kernel: '6',
}

/** A run whose chunks take so many times as long as the steady ones. */
const runOf = (factor: number, changes: Parameters<typeof exampleRun>[0] = {}): BatchRun =>
  exampleRun({ chunkSeconds: steadyChunks.map(chunks => chunks.map(seconds => seconds * factor)), ...changes })

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'baseline-check-'))
})
afterEach(() => rm(root, { recursive: true }))

const check = (run: BatchRun, update: UpdateMode = 'none') =>
  checkBaseline(run, 'throughput', { root, update, hardware })

/** Records engine starts that differ by a percent, as real ones do. */
async function recordStarts(starts: number): Promise<void> {
  for (let start = 0; start < starts; start++) {
    const run = runOf(1 + 0.005 * (start % 3))
    rememberOrigin(run, {
      engineStartedAt: new Date(2026, 0, start + 1),
      measureOnFreshStart: async () => absent('not needed'),
    })
    expect((await check(run, 'all')).word).toBe('recorded')
  }
}

/** A run that is slower by a fifth, with a second opinion. */
function slowRun(
  secondOpinion: () => Promise<Measured<BatchRun>>,
  changes: Parameters<typeof exampleRun>[0] = {},
): BatchRun {
  const run = runOf(1.25, changes)
  rememberOrigin(run, { engineStartedAt: new Date(), measureOnFreshStart: secondOpinion })
  return run
}

describe('checkBaseline', () => {
  test('is not applicable without a baseline, and writes none unless told', async () => {
    const { word, assessment } = await check(runOf(1), 'new')
    expect(word).toBe('no baseline')
    expect(assessment).toMatchObject({ id: '001.sequential-batches.baseline-throughput', verdict: 'not applicable' })
    expect(assessment.reason).not.toContain(root)
    expect(await readdir(root)).toEqual([])
  })

  test('is inconclusive below three starts', async () => {
    await recordStarts(2)
    expect(await check(runOf(1))).toMatchObject({ word: 'unknown', assessment: { verdict: 'inconclusive' } })
  })

  test('passes an unchanged engine', async () => {
    await recordStarts(5)
    expect((await check(runOf(1.002))).assessment).toMatchObject({ verdict: 'pass' })
  })

  test('fails when a fresh start is slow too', async () => {
    await recordStarts(5)
    const { word, assessment } = await check(slowRun(async () => measured(runOf(1.24))))
    expect(word).toBe('regressed')
    expect(assessment).toMatchObject({ verdict: 'fail' })
    expect(assessment).toHaveProperty('line', expect.stringContaining('confirmed on a second start'))
    expect(assessment.advice).toEqual([
      expect.stringMatching(/^engine version, arguments, driver, system and kernel are those of the baseline: /),
      'if the change is meant, record it: npm run baseline -- --replace',
    ])
  })

  test('a failure says what is not as it was recorded', async () => {
    await recordStarts(5)
    const engine = { ...exampleRun().engine, version: '3.23.0', arguments: ['threads', '1', '--port', '8080'] }
    const { assessment } = await check(slowRun(async () => measured(runOf(1.24)), { run: { engine } }))
    expect(assessment.advice).toContain(
      'what differs from the baseline: engine version 3.22.1 → 3.23.0, engine arguments none → threads 1',
    )
  })

  test('an improvement passes, with what differs and how it is held', async () => {
    await recordStarts(5)
    const engine = { ...exampleRun().engine, version: '3.23.0' }
    const { word, assessment } = await check(runOf(0.8, { run: { engine } }))
    expect(word).toBe('improved')
    expect(assessment).toMatchObject({ verdict: 'pass', advice: [] })
    expect(assessment).toHaveProperty(
      'line',
      expect.stringMatching(
        / improved · engine version 3\.22\.1 → 3\.23\.0 · hold it: npm run baseline -- --improved$/,
      ),
    )
  })

  test('passes when a fresh start is not slow', async () => {
    await recordStarts(5)
    const { assessment } = await check(slowRun(async () => measured(runOf(1))))
    expect(assessment).toMatchObject({ verdict: 'pass' })
    expect(assessment).toHaveProperty('line', expect.stringContaining('not reproduced on a second start'))
  })

  test('fails unconfirmed when the engine is not ours to restart', async () => {
    await recordStarts(5)
    const { assessment } = await check(slowRun(async () => absent('it was not started by this suite')))
    expect(assessment).toMatchObject({ verdict: 'fail' })
    expect(assessment).toHaveProperty('line', expect.stringContaining('it was not started by this suite'))
  })

  test('is inconclusive on a disturbed host, and asks for no second opinion', async () => {
    await recordStarts(5)
    const disturbed = slowRun(
      () => {
        throw new Error('the engine was restarted')
      },
      { disturbance: () => ({ foreignCpu: measured(0.3) }) },
    )
    expect((await check(disturbed)).assessment).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('the host was disturbed'),
    })
  })

  test('records nothing on a disturbed host, and says why', async () => {
    const disturbed = runOf(1, { disturbance: () => ({ foreignCpu: measured(0.3) }) })
    const { word, line, assessment } = await check(disturbed, 'all')
    expect(word).toBe('unknown')
    expect(line).toMatch(/^not recorded: the host was disturbed: other processes took 30\.0 % of the CPU/)
    expect(assessment).toMatchObject({ verdict: 'inconclusive', reason: line })
    expect(await readdir(root)).toEqual([])
  })

  test('records an engine that is not ours, and says that its starts are not known', async () => {
    const run = runOf(1, { run: { engine: { ...exampleRun().engine, origin: 'attached' } } })
    const { line } = await check(run, 'all')
    expect(line).toMatch(/^recorded as start 1 of the baseline in baselines\/.*json · this suite does not restart it/)
    expect((await check(runOf(1), 'all')).line).toMatch(/json$/)
  })

  test.for(['none', 'all'] as const)('is not applicable to memory that cannot be read (update: %s)', async update => {
    const run = runOf(1, { run: { memoryDomain: absent('the engine runs on another machine') } })
    const batches = run.batches.map(batch => ({
      ...batch,
      chunks: batch.chunks.map(chunk => ({ ...chunk, memoryBytes: absent('the engine runs on another machine') })),
    }))
    const { assessment } = await checkBaseline({ ...run, batches }, 'memory', { root, update, hardware })
    expect(assessment).toMatchObject({ verdict: 'not applicable', reason: 'the engine runs on another machine' })
    expect(await readdir(root)).toEqual([])
  })

  test('is not applicable to another workload', async () => {
    await recordStarts(5)
    const other = runOf(1, { run: { workload: { hash: 'fedcba9876543210', description: '' } } })
    expect((await check(other)).assessment).toMatchObject({ verdict: 'not applicable' })
  })
})
