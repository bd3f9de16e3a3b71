import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Chart } from '../charts/index.ts'
import { BadInputError, RecordingError } from '../errors.ts'
import { absent } from '../measured.ts'
import { observe } from '../observations/index.ts'
import { judgeMeasured } from '../verdicts/index.ts'
import { exampleRun, notApplicable, passed } from './example-run.ts'
import { errorOutcome, type Outcome } from './outcome.ts'
import { buildResults } from './results.ts'
import { readResults, writeResults } from './results-file.ts'
import { resultsSchema } from './results-schema.ts'

const host = { platform: 'linux x64', cpu: 'EPYC', cores: 2, ramBytes: 2 ** 34, node: 'v24.21.0' }

function build(
  changes: Partial<Outcome['tests'][number]> = {},
  run = exampleRun(),
  found: Partial<Pick<Outcome, 'observations' | 'tables' | 'charts'>> = {},
) {
  const outcome: Outcome = {
    tests: [
      {
        name: '001 > VRAM',
        spec: 'perf/multi-batch/sequential-batches.perf.ts',
        state: 'passed',
        note: null,
        errors: [],
        assessments: [passed],
        baselines: [],
        ...changes,
      },
    ],
    runs: [run],
    studies: [],
    observations: [],
    tables: [],
    charts: [],
    ...found,
    errors: [],
  }
  return buildResults({ startedAt: new Date('2026-01-02T03:04:05Z'), profile: 'quick', host, outcome, exit: null })
}

async function output(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'perf-results-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

describe('results', () => {
  test('hold what was measured and decided', () => {
    const results = resultsSchema.parse(build())
    const { metrics, items, samples, exit, ...rest } = results
    expect(rest).toMatchInlineSnapshot(`
      {
        "charts": [],
        "engine": {
          "arguments": [],
          "cautions": [],
          "name": "embedded",
          "origin": "spawned",
          "runs": [
            {
              "id": "001.sequential-batches",
              "model": "qwen2.5-0.5b ÷ 16",
              "modelBytes": 34603008,
              "scale": 16,
              "workload": "5f1c0d9a2b7e4410 (64 prompt tokens, 32 output tokens, unique prompts)",
            },
          ],
          "runsAs": "child processes",
          "url": "http://127.0.0.1:40123",
          "version": "3.22.1",
        },
        "findings": [],
        "host": {
          "cores": 2,
          "cpu": "EPYC",
          "hardware": "epyc-2c-24g",
          "node": "v24.21.0",
          "platform": "linux x64",
          "ramBytes": 17179869184,
        },
        "profile": "quick",
        "schema": 1,
        "startedAt": "2026-01-02T03:04:05.000Z",
        "tables": [],
      }
    `)
    expect(items).toMatchInlineSnapshot(`
      [
        {
          "evidence": {
            "advice": [],
            "data": "3 batches, 264 requests",
            "line": "+3.0 MiB (limit 0.50 GiB) · host memory of the engine (PSS) · 3 batches, 264 requests",
            "spec": "perf/multi-batch/sequential-batches.perf.ts",
            "test": "001 > VRAM",
          },
          "id": "001.sequential-batches.vram-delta",
          "limit": 536870912,
          "measured": {
            "interval": null,
            "value": 3145728,
          },
          "n": 6,
          "title": "VRAM stays within 0.5 GiB",
          "unit": "bytes",
          "verdict": "pass",
        },
      ]
    `)
    expect(metrics.slice(0, 6)).toMatchInlineSnapshot(`
      [
        {
          "id": "001.sequential-batches.requests",
          "unit": "count",
          "value": 264,
        },
        {
          "id": "001.sequential-batches.failed",
          "unit": "count",
          "value": 0,
        },
        {
          "id": "001.sequential-batches.success-rate",
          "unit": "ratio",
          "value": 1,
        },
        {
          "id": "001.sequential-batches.time",
          "unit": "ms",
          "value": 12470,
        },
        {
          "id": "001.sequential-batches.throughput",
          "unit": "requests/s",
          "value": 21.800165152766308,
        },
        {
          "id": "001.sequential-batches.token-throughput",
          "unit": "tokens/s",
          "value": 697.6052848885219,
        },
      ]
    `)
  })

  test('have no number that JSON has no word for', () => {
    const odd = { ...passed, measured: { value: Number.NaN, interval: [0, Number.POSITIVE_INFINITY] as const } }
    const run = exampleRun()
    const results = build({ assessments: [odd] }, { ...run, loadMs: { state: 'measured', value: Number.NaN } })
    expect(resultsSchema.parse(results)).toEqual(JSON.parse(JSON.stringify(results)))
    expect(results.items[0]).toMatchObject({
      measured: { value: null, interval: [0, null] },
      reason: 'not a finite number: NaN, Infinity',
    })
    expect(results.metrics.find(({ id }) => id.endsWith('.load-time'))).toMatchObject({
      value: null,
      reason: 'the value is NaN',
    })
  })

  test('say why a number is missing', () => {
    const results = build({ assessments: [notApplicable] }, { ...exampleRun(), loadMs: absent('attached') })
    expect(results.items[0]).toMatchObject({ verdict: 'not applicable', reason: notApplicable.reason, unit: null })
    expect(results.items[0]).not.toHaveProperty('measured')
    expect(results.metrics.find(({ id }) => id.endsWith('.load-time'))).toMatchObject({ reason: 'attached' })
  })

  test('hold baselines beside their metrics, also of metrics of their own', () => {
    const line = (metric: string) => ({
      type: 'perf:baseline' as const,
      metric,
      verdict: 'regressed' as const,
      line: 'l',
    })
    const { metrics } = build({ baselines: [line('001.sequential-batches.throughput'), line('own.metric')] })
    expect(metrics.filter(({ baseline }) => baseline?.verdict === 'regressed').map(({ id }) => id)).toEqual([
      '001.sequential-batches.throughput',
      'own.metric',
    ])
  })

  test('hold observations as metrics, judged or not', () => {
    const about = {
      id: '000.large-models.load-time.qwen2.5-7b',
      title: 'load time of qwen2.5-7b ÷ 16',
      unit: 'ms',
    } as const
    const observations = [
      observe({ ...about, value: { value: 412, interval: [400, 425] }, n: 5, details: ['cold'], scale: 16 }),
      observe({ ...about, id: '000.x.plain', value: 7, spoiledBy: 'the host was disturbed' }),
      observe({ ...about, id: '000.x.none', value: absent('no sensor') }),
    ]
    const { metrics } = resultsSchema.parse(build({}, exampleRun(), { observations }))
    expect(metrics.slice(-3)).toMatchInlineSnapshot(`
      [
        {
          "details": [
            "cold",
          ],
          "id": "000.large-models.load-time.qwen2.5-7b",
          "interval": [
            400,
            425,
          ],
          "scale": 16,
          "title": "load time of qwen2.5-7b ÷ 16",
          "unit": "ms",
          "value": 412,
        },
        {
          "id": "000.x.plain",
          "spoiledBy": "the host was disturbed",
          "title": "load time of qwen2.5-7b ÷ 16",
          "unit": "ms",
          "value": 7,
        },
        {
          "id": "000.x.none",
          "reason": "no sensor",
          "title": "load time of qwen2.5-7b ÷ 16",
          "unit": "ms",
          "value": null,
        },
      ]
    `)
  })

  test('hold the samples that a baseline would keep, and nothing of a metric without any', () => {
    const run = exampleRun()
    const batches = run.batches.map(batch => ({ ...batch, tpotMs: [] }))
    const { samples } = resultsSchema.parse(build({}, { ...run, batches }))
    expect(samples.map(({ metric, unit, better, samples }) => [metric, unit, better, samples.length])).toEqual([
      ['001.sequential-batches.throughput', 'requests/s', 'higher', 12],
      ['001.sequential-batches.ttft', 'ms', 'lower', 12],
      ['001.sequential-batches.memory', 'bytes', 'lower', 12],
    ])
    expect(samples[0]).toMatchObject({ model: run.model.name, scale: run.model.scale, workload: run.workload.hash })
  })

  test('hold charts as data', () => {
    const chart: Chart = {
      id: '000.x.y',
      title: 'load time',
      subtitle: '',
      description: 'Load time rises with size.',
      x: { scale: 'categories', title: 'model', categories: ['a', 'b'] },
      y: { scale: 'linear', title: 's' },
      series: [
        {
          name: 'load',
          shape: 'bars',
          isReference: false,
          points: [
            [0, 1],
            [1, 2],
          ],
          intervals: [],
        },
      ],
      bands: [],
      lines: [{ name: 'limit', y: 60 }],
    }
    expect(resultsSchema.parse(build({}, exampleRun(), { charts: [chart] })).charts).toEqual([chart])
  })

  test('of a version without samples and charts are read', () => {
    const { samples, charts, ...older } = build()
    expect(resultsSchema.parse(older)).toMatchObject({ samples: [], charts: [] })
  })

  test('hold tables as they were printed', () => {
    const table = { id: '000.x.sizes', title: 'Sizes', columns: ['model'], rows: [['x']], notes: ['a note'] }
    expect(resultsSchema.parse(build({}, exampleRun(), { tables: [table] })).tables).toEqual([table])
  })

  test('have no limit where the plan names none', () => {
    const saving = observe({ id: '000.memory.saving', title: 'saving', unit: 'ratio', value: 0.7 })
    const [item] = resultsSchema.parse(build({ assessments: [judgeMeasured(saving)] })).items
    expect(item).toMatchObject({ verdict: 'pass', measured: { value: 0.7, interval: null }, unit: 'ratio', n: 1 })
    expect(item).not.toHaveProperty('limit')
  })

  test('hold no credentials of a URL', () => {
    const run = exampleRun()
    const engine = { ...run.engine, url: 'https://user:secret@host:8080/v1' }
    expect(build({}, { ...run, engine }).engine?.url).toBe('https://host:8080/v1')
  })
})

describe('the results file', () => {
  test('is found under latest, which points at the newest run', async () => {
    const directory = await output()
    for (const name of ['1', '2']) writeResults(join(directory, 'runs', name), build())
    expect(await readlink(join(directory, 'latest'))).toBe(join('runs', '2'))
    const text = await readFile(join(directory, 'latest/results.json'), 'utf8')
    expect(resultsSchema.parse(JSON.parse(text))).toEqual(build())
    expect(await readdir(join(directory, 'runs/2'))).toEqual(['results.json'])
    expect((await readdir(directory)).toSorted()).toEqual(['latest', 'runs'])
  })

  test('has secrets struck out', async () => {
    const directory = await output()
    const secret = 'a"key\\'
    const odd = { ...notApplicable, reason: `the server refused ${secret}` }
    const path = writeResults(join(directory, 'runs/1'), build({ assessments: [odd] }), [secret])
    const text = await readFile(path, 'utf8')
    expect(text).toContain('the server refused [redacted]')
    expect(resultsSchema.safeParse(JSON.parse(text)).success).toBe(true)
  })

  test('that cannot be written is an error of its own, and leaves nothing half done', async () => {
    const directory = await output()
    await writeFile(join(directory, 'runs'), 'not a folder')
    expect(() => writeResults(join(directory, 'runs/1'), build())).toThrow(RecordingError)
    expect(await readdir(directory)).toEqual(['runs'])
  })
})

describe('a results file is read', () => {
  test('as it was written, by its path or its folder', async () => {
    const directory = await output()
    const path = writeResults(join(directory, 'runs/1'), build())
    for (const where of [path, join(directory, 'runs/1'), join(directory, 'latest')])
      expect(readResults(where)).toEqual(build())
  })

  test.for<[what: string, text: string | null, message: string]>([
    ['there is none', null, 'ENOENT'],
    ['it is no JSON', '{ "schema": 1,', 'it is not JSON'],
    ['it is something else', '{ "name": "vitest-llm-perf" }', 'it has no `schema`'],
    ['it is of another version', '{ "schema": 2 }', 'its schema is 2; this version of the suite reads 1'],
    [
      'a part is not as it should be',
      '{ "schema": 1, "startedAt": "yesterday" }',
      'startedAt is not as results.json has it',
    ],
  ])('unless %s', async ([, text, message]) => {
    const directory = await output()
    if (text !== null) await writeFile(join(directory, 'results.json'), text)
    expect(() => readResults(directory)).toThrow(BadInputError)
    expect(() => readResults(directory)).toThrow(message)
  })
})

test('an error keeps its code through a wrapper', () => {
  const inner = { name: 'EngineStartError', message: 'inner', code: 'PERF_ENGINE_START' }
  expect(errorOutcome({ message: 'outer', code: 'ECONNREFUSED', cause: inner })).toEqual({
    code: 'PERF_ENGINE_START',
    message: 'outer',
  })
  expect(errorOutcome({ message: 'plain' })).toEqual({ code: null, message: 'plain' })
})
