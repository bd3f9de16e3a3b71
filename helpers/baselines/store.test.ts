import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { BadInputError, RecordingError } from '../errors.ts'
import { exampleStart } from './example-start.ts'
import {
  appendRun,
  type Baseline,
  baselineFile,
  baselineRuns,
  dropRunsBefore,
  type MetricStart,
  readBaseline,
  recordedDifferences,
  recordsBaselines,
  replaceBaseline,
  slug,
} from './index.ts'

const test = base.extend('file', ({}, { onCleanup }) => {
  const root = mkdtempSync(join(tmpdir(), 'baseline-'))
  onCleanup(() => rmSync(root, { recursive: true }))
  return baselineFile(root, 'amd-epyc-2c-24g', 'embedded', 'qwen2.5-0.5b ÷ 16')
})

const throughput = '001.sequential-batches.throughput'
const day = (n: number) => new Date(Date.UTC(2026, 10, n))

function stored(file: string): Baseline {
  const read = readBaseline(file)
  if (read.state === 'missing') throw new Error(`missing ${file}`)
  return read.baseline
}

describe('slug', () => {
  test.each([
    ['qwen2.5-0.5b ÷ 16', 'qwen2.5-0.5b-div16'],
    ['Qwen/Qwen3-0.6B', 'qwen-qwen3-0.6b'],
    ['qwen2.5:0.5b', 'qwen2.5-0.5b'],
    ['../../etc/passwd', 'etc-passwd'],
    ['a -- b', 'a-b'],
    ['Modèle', 'modele'],
  ])('%j is %j', (name, expected) => {
    expect(slug(name)).toBe(expected)
  })

  test('names in other scripts stay apart', () => {
    expect(slug('千问')).toMatch(/^[0-9a-f]{8}$/)
    expect(slug('千问')).not.toBe(slug('模型'))
  })
})

describe('baselineFile', () => {
  test('is <root>/baselines/<hardware>/<engine>--<model>.json', () => {
    expect(baselineFile('/r', 'h200-141g-x1', 'llama-server', 'Qwen/Qwen3-0.6B')).toBe(
      '/r/baselines/h200-141g-x1/llama-server--qwen-qwen3-0.6b.json',
    )
  })
})

describe('replaceBaseline', () => {
  test('puts a whole baseline into the file', ({ file }) => {
    appendRun(file, exampleStart({ metric: 'a' }))
    const before = stored(file)
    appendRun(file, exampleStart({ metric: 'b' }))
    replaceBaseline(file, before)
    expect(stored(file)).toEqual(before)
  })
})

describe('a file from before scales were kept', () => {
  test('is of a whole model', ({ file }) => {
    appendRun(file, exampleStart())
    const { scale: _, ...model } = stored(file).model
    writeFileSync(file, JSON.stringify({ ...stored(file), model }))
    expect(stored(file).model.scale).toBe(1)
  })
})

describe('recordsBaselines', () => {
  test('only an explicit -u writes, under CI and locally', () => {
    expect((['none', 'new', 'all'] as const).map(recordsBaselines)).toEqual([false, false, true])
  })
})

describe('appendRun', () => {
  test('creates the file and reads back what was recorded', ({ file }) => {
    expect(readBaseline(file)).toEqual({ state: 'missing', file, otherHardware: [] })
    expect(appendRun(file, exampleStart())).toEqual({ starts: 1 })
    const { hardware, engine, model } = exampleStart()
    expect(stored(file)).toEqual({
      schema: 1,
      hardware,
      engine,
      model,
      metrics: {
        [throughput]: {
          unit: 'requests/s',
          better: 'higher',
          workload: '3f9c21aa',
          runs: [{ at: '2026-11-20T12:00:00.000Z', commit: 'abc1234', samples: [21.4, 21.9, 22.3, 21.1, 21.6] }],
        },
      },
    })
  })

  test('keeps the newest 7 starts, newest last', ({ file }) => {
    for (let n = 1; n <= 9; n++) appendRun(file, exampleStart({ at: day(n), samples: [n] }))
    expect(stored(file).metrics[throughput]?.runs.map(run => run.samples[0])).toEqual([3, 4, 5, 6, 7, 8, 9])
  })

  test('the same start recorded again replaces itself', ({ file }) => {
    appendRun(file, exampleStart({ samples: [1] }))
    expect(appendRun(file, exampleStart({ samples: [2] }))).toEqual({ starts: 1 })
    expect(stored(file).metrics[throughput]?.runs.map(run => run.samples)).toEqual([[2]])
  })

  test.for<Partial<MetricStart>>([{ workload: 'other' }, { unit: 'tokens/s' }, { better: 'lower' }])(
    'a metric with another definition starts anew, others stay: %j',
    (changes, { file }) => {
      for (const metric of ['a', 'b']) appendRun(file, exampleStart({ metric, at: day(1) }))
      appendRun(file, exampleStart({ metric: 'a', at: day(2), ...changes }))
      const { metrics } = stored(file)
      expect(metrics.a).toMatchObject(changes)
      expect(metrics.a?.runs.map(run => run.at)).toEqual([day(2).toISOString()])
      expect(metrics.b?.runs.map(run => run.at)).toEqual([day(1).toISOString()])
    },
  )

  test('samples of another model file void the file', ({ file }) => {
    appendRun(file, exampleStart({ metric: 'a.b.c' }))
    appendRun(file, exampleStart({ model: { ...exampleStart().model, quantisation: 'Q8_0' } }))
    expect(Object.keys(stored(file).metrics)).toEqual([throughput])
  })

  test('the head describes the newest start', ({ file }) => {
    appendRun(file, exampleStart())
    appendRun(file, exampleStart({ at: day(21), engine: { ...exampleStart().engine, version: '3.23.0' } }))
    expect(stored(file).engine.version).toBe('3.23.0')
  })

  test('keeps 4 significant digits and the quantiles of more than 200 samples', ({ file }) => {
    const samples = Array.from({ length: 10_000 }, (_, i) => 1000 + ((i * 7919) % 10_000) / 10)
    appendRun(file, exampleStart({ samples: [1.23456, 123_456_789, 0.000123456, -2] }))
    appendRun(file, exampleStart({ at: day(21), samples }))
    const [first, second] = stored(file).metrics[throughput]?.runs ?? []
    expect(first?.samples).toEqual([1.235, 123_500_000, 0.0001235, -2])
    expect(second?.samples).toHaveLength(200)
    // 200 equal parts of 1000 … 1999.9: their middles are 1002.5, 1007.4, …, 1997.4.
    expect(second?.samples.slice(0, 2)).toEqual([1002, 1007])
    expect(second?.samples.at(-1)).toBe(1997)
  })

  test.each([
    [[], 'there are no samples'],
    [[1, Number.NaN], 'sample 2 is NaN'],
    [[Number.POSITIVE_INFINITY], 'sample 1 is Infinity'],
  ])('refuses the samples %j and writes nothing', (samples, message) => {
    const root = mkdtempSync(join(tmpdir(), 'baseline-'))
    try {
      const target = join(root, 'b.json')
      expect(() => appendRun(target, exampleStart({ samples }))).toThrow(BadInputError)
      expect(() => appendRun(target, exampleStart({ samples }))).toThrow(message)
      expect(readBaseline(target).state).toBe('missing')
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})

describe('the file', () => {
  test('is sorted, has one line a start, and grows by one line a start', ({ file }) => {
    appendRun(file, exampleStart({ metric: 'b.b.b' }))
    appendRun(file, exampleStart({ metric: 'a.a.a' }))
    const before = readFileSync(file, 'utf8')
    expect(before).toMatchInlineSnapshot(`
      "{
        "schema": 1,
        "hardware": {
          "id": "amd-epyc-2c-24g",
          "cpu": "AMD EPYC",
          "cores": 2,
          "ramBytes": 25276510208,
          "gpus": [],
          "driver": null,
          "os": "Debian GNU/Linux 12",
          "kernel": "6.1.0"
        },
        "engine": {
          "name": "embedded",
          "version": "3.22.1",
          "args": [
            "--threads",
            "2"
          ]
        },
        "model": {
          "name": "qwen2.5-0.5b ÷ 16",
          "bytes": 18000000,
          "digest": null,
          "quantisation": "Q4_0",
          "scale": 16
        },
        "metrics": {
          "a.a.a": {
            "unit": "requests/s",
            "better": "higher",
            "workload": "3f9c21aa",
            "runs": [
              { "at": "2026-11-20T12:00:00.000Z", "commit": "abc1234", "samples": [21.4, 21.9, 22.3, 21.1, 21.6] }
            ]
          },
          "b.b.b": {
            "unit": "requests/s",
            "better": "higher",
            "workload": "3f9c21aa",
            "runs": [
              { "at": "2026-11-20T12:00:00.000Z", "commit": "abc1234", "samples": [21.4, 21.9, 22.3, 21.1, 21.6] }
            ]
          }
        }
      }
      "
    `)
    appendRun(file, exampleStart({ metric: 'a.a.a', at: day(21), samples: [20] }))
    const lines = readFileSync(file, 'utf8').split('\n')
    const added = lines.filter(line => !before.split('\n').includes(line.replace(/,$/, '')) && !before.includes(line))
    expect(added.join('\n')).toContain('"at": "2026-11-21T00:00:00.000Z"')
    expect(lines).toHaveLength(before.split('\n').length + 1)
  })

  test('does not depend on the order in which metrics were recorded', ({ file }) => {
    const other = file.replace('.json', '-2.json')
    for (const metric of ['a', 'b']) appendRun(file, exampleStart({ metric }))
    for (const metric of ['b', 'a']) appendRun(other, exampleStart({ metric }))
    expect(readFileSync(other, 'utf8')).toBe(readFileSync(file, 'utf8'))
  })

  test('is replaced as a whole: nothing but the file is left behind', ({ file }) => {
    for (let n = 1; n <= 3; n++) appendRun(file, exampleStart({ at: day(n) }))
    expect(readdirSync(dirname(file))).toEqual(['embedded--qwen2.5-0.5b-div16.json'])
  })

  test('keeps what another process wrote while this one was merging', ({ file }) => {
    appendRun(file, exampleStart({ metric: 'a' }))
    let interfered = false
    const start = exampleStart({ metric: 'b' })
    // `workload` is read during the merge, after the file was read: the moment another process may write in.
    Object.defineProperty(start, 'workload', {
      get() {
        if (!interfered) {
          interfered = true
          appendRun(file, exampleStart({ metric: 'c' }))
        }
        return 'w'
      },
    })
    appendRun(file, start)
    expect(Object.keys(stored(file).metrics)).toEqual(['a', 'b', 'c'])
  })

  test('that cannot be written is a recording error', () => {
    // /proc refuses new files to everybody, root too.
    expect(() => appendRun('/proc/b.json', exampleStart())).toThrow(RecordingError)
  })

  test('that cannot be read is bad input', ({ file }) => {
    mkdirSync(file, { recursive: true })
    expect(() => readBaseline(file)).toThrow(BadInputError)
    expect(() => appendRun(file, exampleStart())).toThrow('it cannot be read (EISDIR')
    expect(readdirSync(dirname(file))).toHaveLength(1)
  })
})

describe('a file that is not as it must be', () => {
  const run = { at: '2026-11-20T12:00:00Z', commit: null, samples: [1] }
  const metric = { unit: 'ms', better: 'lower', workload: 'w', runs: [run] }
  const { hardware, engine, model } = exampleStart()
  const whole = { schema: 1, hardware, engine, model, metrics: { 'a.b': metric } }
  const withMetric = (changes: object) => ({ ...whole, metrics: { 'a.b': { ...metric, ...changes } } })

  test('(a whole one is read)', ({ file }) => {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(whole))
    expect(stored(file)).toEqual(whole)
  })

  test.for<[content: unknown, message: string]>([
    ['<<<<<<< HEAD\n{}', 'it is not JSON ('],
    ['', 'it is not JSON ('],
    [[], 'the file is []; allowed:'],
    [{ ...whole, schema: 2 }, 'schema is 2; allowed: 1, the only version'],
    [{ ...whole, engine: { name: 'x', version: '1' } }, 'engine.args is missing; allowed: a list of texts'],
    [{ ...whole, extra: 1 }, 'the file has the unknown field "extra"'],
    [withMetric({ unit: 'furlongs' }), 'metrics.a.b.unit is "furlongs"; allowed: bytes, ratio, ms'],
    [withMetric({ better: 'faster' }), 'metrics.a.b.better is "faster"; allowed: lower, higher'],
    [withMetric({ runs: [] }), 'metrics.a.b.runs is []; allowed: at least one run'],
    [withMetric({ runs: Array(8).fill(run) }), 'allowed: at most 7 runs'],
    [
      withMetric({ runs: [{ ...run, samples: [1, 'fast'] }] }),
      'metrics.a.b.runs[0].samples[1] is "fast"; allowed: a finite number',
    ],
    [withMetric({ runs: [{ ...run, samples: Array(201).fill(1) }] }), 'allowed: at most 200 samples'],
    [withMetric({ runs: [{ ...run, at: 'yesterday' }] }), 'runs[0].at is "yesterday"; allowed: a time such as 2026-'],
  ])('%j is reported and never overwritten', ([content, message], { file }) => {
    mkdirSync(dirname(file), { recursive: true })
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    writeFileSync(file, text)
    for (const use of [
      () => readBaseline(file),
      () => appendRun(file, exampleStart()),
      () => dropRunsBefore(file, day(1)),
    ]) {
      expect(use).toThrow(BadInputError)
      expect(use).toThrow(`reading the baseline ${file}: `)
      expect(use).toThrow(message)
    }
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(readdirSync(dirname(file))).toHaveLength(1)
  })
})

describe('dropRunsBefore', () => {
  test('forgets older starts of the metrics that have newer ones', ({ file }) => {
    for (const n of [1, 2, 10, 11]) appendRun(file, exampleStart({ metric: 'a', at: day(n), samples: [n] }))
    appendRun(file, exampleStart({ metric: 'b', at: day(1), samples: [1] }))
    dropRunsBefore(file, day(10))
    const { metrics } = stored(file)
    expect(metrics.a?.runs.map(run => run.samples[0])).toEqual([10, 11])
    expect(metrics.b?.runs).toHaveLength(1)
  })

  test('needs a file', ({ file }) => {
    expect(() => dropRunsBefore(file, day(1))).toThrow(BadInputError)
  })
})

describe('baselineRuns', () => {
  const { metric, unit, better, workload, model } = exampleStart()
  const lookUp = { metric, unit, better, workload, model }

  test('gives the samples of each start', ({ file }) => {
    for (const n of [1, 2]) appendRun(file, exampleStart({ at: day(n), samples: [n] }))
    expect(baselineRuns(readBaseline(file), lookUp)).toEqual({ state: 'found', runs: [[1], [2]] })
  })

  test('does not hold what is unknown against a model', ({ file }) => {
    appendRun(file, exampleStart())
    const unknown = { ...model, bytes: null, quantisation: null, digest: 'sha256:1' }
    expect(baselineRuns(readBaseline(file), { ...lookUp, model: unknown }).state).toBe('found')
  })

  test.for<[Partial<typeof lookUp>, string]>([
    [{ metric: 'x.y' }, 'The baseline has no x.y'],
    [{ workload: 'w' }, 'The baseline is for another workload'],
    [{ unit: 'ms' }, 'The baseline is in requests/s, higher is better'],
    [{ better: 'lower' }, 'The baseline is in requests/s, higher is better'],
    [
      { model: { ...model, bytes: 1 } },
      'The baseline is for another model file (qwen2.5-0.5b ÷ 16, Q4_0, 18000000 bytes)',
    ],
  ])('compares nothing with %j', ([changes, reason], { file }) => {
    appendRun(file, exampleStart())
    expect(baselineRuns(readBaseline(file), { ...lookUp, ...changes })).toEqual({
      state: 'none',
      reason: `${reason}. Record it: \`npm run baseline\`.`,
    })
  })

  test('names the file that is missing', ({ file }) => {
    expect(baselineRuns(readBaseline(file), lookUp)).toEqual({
      state: 'none',
      reason: `There is no ${file}. Record it: \`npm run baseline\`.`,
    })
  })

  test('names other hardware that has a baseline of the same engine and model', ({ file }) => {
    const root = dirname(dirname(dirname(file)))
    for (const id of ['h200-141g-x1', 'amd-epyc-2c-32g'])
      appendRun(baselineFile(root, id, 'embedded', 'qwen2.5-0.5b ÷ 16'), exampleStart())
    appendRun(baselineFile(root, 'a-machine', 'vllm', 'qwen2.5-0.5b ÷ 16'), exampleStart())
    expect(baselineRuns(readBaseline(file), lookUp)).toEqual({
      state: 'none',
      reason:
        `There is no ${file}, only that of other hardware (amd-epyc-2c-32g, h200-141g-x1). Record it: ` +
        '`npm run baseline`. If this machine is as fast as one of those: PERF_HARDWARE=amd-epyc-2c-32g.',
    })
  })
})

describe('recordedDifferences', () => {
  test('lists what differs, and nothing where nothing does', ({ file }) => {
    appendRun(file, exampleStart())
    const { hardware, engine } = exampleStart()
    expect(recordedDifferences(stored(file), { hardware, engine })).toEqual([])
    expect(
      recordedDifferences(stored(file), {
        hardware: { ...hardware, driver: '570' },
        engine: { ...engine, version: '4' },
      }),
    ).toEqual(['engine version 3.22.1 → 4', 'GPU driver none → 570'])
  })
})
