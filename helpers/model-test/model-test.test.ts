import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { RecordingError } from '../errors.ts'
import { absent, measured } from '../measured.ts'
import { exampleRecord, noWindows, readingOf } from './example-record.ts'
import { appendModelRecord, modelObservations, modelRecordSchema, modelsFileIn, modelTable } from './index.ts'
import { phaseMetrics } from './phase-metrics.ts'

const MIB = 2 ** 20

describe('the metric set of a phase', () => {
  test('levels at its end, rates over it, the highest where the name says so', () => {
    const window = { n: 3, first: 50, last: 60, min: 50, max: 71, mean: 60, delta: 10 }
    const metrics = phaseMetrics(
      readingOf(1000, { ramUsedBytes: 1, swapOutBytes: 5 * MIB, cpuBusyMs: 0, nvmeBusyMs: 100 }),
      readingOf(3000, {
        ramUsedBytes: 6,
        ramTotalBytes: 8,
        swapOutBytes: 7 * MIB,
        cpuBusyMs: 3000,
        nvmeBusyMs: 600,
        cpuTemperatureC: 60,
        engineRssBytes: 9,
      }),
      { cores: 2, windows: { ...noWindows, cpuTemperatureC: measured(window) }, responseMs: measured(12) },
    )
    expect(metrics).toMatchObject({
      ramUsedBytes: measured(6),
      ramUsedShare: measured(0.75),
      swapOutBytesPerSecond: measured(MIB),
      cpuShare: measured(0.75),
      nvmeBusyShare: measured(0.25),
      highestCpuTemperatureC: measured(71),
      responseMs: measured(12),
      // Without PSS the RSS.
      engineHostBytes: measured(9),
    })
  })

  test('what is not there says why, and is never 0', () => {
    const metrics = phaseMetrics(readingOf(0), readingOf(10), {
      cores: 2,
      windows: noWindows,
      responseMs: absent('none'),
    })
    for (const [name, value] of Object.entries(metrics)) expect(value, name).toMatchObject({ state: 'absent' })
    expect(metrics.gpuUsedBytes).toEqual(absent('no gpuUsedBytes here'))
  })
})

describe('the numbers of a record', () => {
  test('are those of the longest prompt, the memory after answering, and what is beyond the file', () => {
    const found = modelObservations(exampleRecord())
    expect(found.overhead).toMatchObject({
      id: '000.spec.overhead.qwen2.5-0.5b',
      measured: measured({ value: 30 * MIB, interval: null }),
      details: ["its own process's PSS", 'weights 30.0 MiB', '4 × 256 tokens of context'],
      scale: 16,
    })
    expect(found.memory.measured).toMatchObject({ value: { value: 50 * MIB } })
    expect(found.memoryUsed.measured).toMatchObject({ value: { value: 60 * MIB } })
    expect(found.decodeRate).toMatchObject({ n: 6, details: ['128 prompt tokens, 8 answered'] })
    expect(found.prefillRate.details).toEqual(['128 prompt tokens, 8 answered', 'by the engine'])
    expect(found.concurrentRate.measured).toEqual(measured({ value: 70, interval: [60, 80] }))
    expect(found.loadTime.details).toEqual(['warm page cache'])
    expect(found.success).toMatchObject({ measured: measured({ value: 1, interval: null }), n: 18 })
    expect(found.notReturned.measured).toEqual(measured({ value: MIB, interval: null }))
  })

  test('of an engine that holds all models in one process are what it holds beyond its baseline', () => {
    const record = exampleRecord()
    const phases = record.phases.map(phase =>
      phase.state === 'measured' ? { ...phase, modelMemory: absent('one process') } : phase,
    )
    const { memoryUsed } = modelObservations({ ...record, phases })
    expect(memoryUsed).toMatchObject({
      measured: measured({ value: 65 * MIB, interval: null }),
      details: ['what the engine holds beyond its baseline'],
    })
  })

  test('of a cold or disturbed load say so', () => {
    const record = exampleRecord()
    const phases = record.phases.map(phase => (phase.name === 'load' ? { ...phase, disturbance: 'somebody' } : phase))
    const { loadTime } = modelObservations({ ...record, phases, cachedBeforeLoad: measured(0) })
    expect(loadTime).toMatchObject({ details: ['cold page cache'], spoiledBy: 'somebody' })
  })

  test('a model whose size nobody knows has no overhead', () => {
    const record = exampleRecord()
    const model = { ...record.model, fileBytes: absent('the engine has the file itself') }
    expect(modelObservations({ ...record, model }).overhead.measured).toEqual(absent('the engine has the file itself'))
  })
})

test('models stand side by side in a table', () => {
  const unknown = exampleRecord({ name: 'other' })
  unknown.model.parameters = absent('only the engine knows')
  const { columns, rows } = modelTable({ id: '000.spec.models', title: 'Models' }, [exampleRecord(), unknown])
  expect(columns).toHaveLength(rows[0]?.length ?? 0)
  expect(rows[0]).toEqual([
    'qwen2.5-0.5b ÷ 16',
    '31 M',
    '30.0 MiB',
    '1.50 s',
    '60.0 MiB',
    '58.0 MiB',
    '30.0 MiB',
    '500 tok/s',
    '20.0 tok/s',
    '600 MiB/s',
    '70.0 tok/s (4)',
  ])
  expect(rows[1]?.[1]).toBe('–')
})

describe('models.jsonl', () => {
  const directory = async (): Promise<string> => {
    const path = await mkdtemp(join(tmpdir(), 'models-'))
    onTestFinished(() => rm(path, { recursive: true }))
    return path
  }

  test('has a line a model, which reads back as it was', async () => {
    const run = await directory()
    const records = [exampleRecord(), exampleRecord({ name: 'other' })]
    for (const record of records) await appendModelRecord(run, record)
    const lines = (await readFile(modelsFileIn(run), 'utf8')).trimEnd().split('\n')
    expect(lines.map(line => modelRecordSchema.parse(JSON.parse(line)))).toEqual(records)
  })

  test('that cannot be written is an error with its path', async () => {
    const nowhere = join(await directory(), 'gone')
    const writing = appendModelRecord(nowhere, exampleRecord())
    await expect(writing).rejects.toThrow(RecordingError)
    await expect(writing).rejects.toThrow(modelsFileIn(nowhere))
  })
})
