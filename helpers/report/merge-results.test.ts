import { describe, expect, test } from 'vitest'
import { BadInputError } from '../errors.ts'
import { resultsSchema } from '../reporting/index.ts'
import type { Results } from '../reporting/results-schema.ts'
import { exampleResults } from './example-results.ts'
import { mergeResults } from './index.ts'

const whole = exampleResults()
const { findings: _, ...unanswered } = whole
const nothing = { items: [], metrics: [], tables: [], charts: [], samples: [], findings: [] }

/** As two runners leave it: each criterion, number, table and chart in one of the two. */
const half = (which: 0 | 1, changes: Partial<Results> = {}): Results => {
  const own = <T>(all: readonly T[]) => all.filter((_, index) => index % 2 === which)
  const { items, metrics, tables, charts, samples } = whole
  return {
    ...unanswered,
    items: own(items),
    metrics: own(metrics),
    tables: own(tables),
    charts: own(charts),
    samples: own(samples),
    findings: [],
    ...changes,
  }
}

const merge = (...results: Results[]) =>
  mergeResults(results.map((each, index) => ({ name: `shard-${index + 1}/results.json`, results: each })))

const byId = <T extends { id: string }>(all: readonly T[]) => all.toSorted((a, b) => (a.id < b.id ? -1 : 1))

const first = whole.items[0] as Results['items'][number]
const item = (changes: Partial<Results['items'][number]>): Results['items'][number] => ({ ...first, ...changes })

describe('parts of one run', () => {
  test('are the run, with its findings answered from all of it', () => {
    const { results, notes } = merge(half(0), half(1))
    expect(byId(results.items)).toEqual(byId(whole.items))
    expect(byId(results.metrics)).toEqual(byId(whole.metrics))
    expect(byId(results.charts)).toEqual(byId(whole.charts))
    expect(results.tables).toEqual(whole.tables)
    expect(results.samples).toHaveLength(whole.samples.length)
    expect(results.engine).toEqual(whole.engine)
    expect(results.findings.map(({ id }) => id)).toContain('Q1')
    expect(notes).toEqual([])
    expect(resultsSchema.parse(results)).toEqual(results)
  })

  test('that are one are left as they are', () => {
    expect(merge(whole)).toEqual({ results: whole, notes: [] })
  })

  test('begin with the first of them', () => {
    const { results } = merge(half(0), half(1, { startedAt: '2026-01-02T03:00:00.000Z' }))
    expect(results.startedAt).toBe('2026-01-02T03:00:00.000Z')
  })

  test('take engine and machine from a part that measured', () => {
    const idle = { ...unanswered, ...nothing, engine: null, host: { ...whole.host, hardware: null, cores: 64 } }
    const { results, notes } = merge(idle, whole)
    expect(results).toMatchObject({ engine: whole.engine, host: whole.host })
    expect(notes).toEqual([])
  })

  test('of other machines, or with other arguments of the engine, say so', () => {
    const engine = whole.engine && { ...whole.engine, arguments: ['threads 31'] }
    const host = { ...whole.host, cores: 64, cpu: 'Xeon' }
    const { results, notes } = merge(half(0), half(1, { host, engine }))
    expect(results.host).toEqual(whole.host)
    expect(notes).toEqual([
      expect.stringContaining('shard-2/results.json was measured on another machine than shard-1/results.json: Xeon'),
      expect.stringContaining('other arguments of the engine than shard-1/results.json: threads 31, not none'),
    ])
  })
})

describe('an id that two parts hold', () => {
  test.for<[what: string, one: Results['items'][number], other: Results['items'][number], verdict: string]>([
    ['is what was judged, before what did not apply', item({ verdict: 'not applicable' }), first, 'pass'],
    ['is what was judged, after it', first, item({ verdict: 'not applicable' }), 'pass'],
    ['is itself where both say the same', first, first, 'pass'],
    [
      'is the first where neither applies',
      item({ verdict: 'not applicable', reason: 'no GPU' }),
      item({ verdict: 'not applicable', reason: 'no board' }),
      'not applicable',
    ],
  ])('%s', ([, one, other, verdict]) => {
    const { results } = merge(
      { ...unanswered, ...nothing, items: [one] },
      { ...unanswered, ...nothing, items: [other] },
    )
    expect(results.items).toHaveLength(1)
    expect(results.items).toMatchObject([{ verdict }])
  })

  test('is its number, where one of them has one', () => {
    const [metric] = whole.metrics
    const none = { id: metric?.id ?? '', unit: metric?.unit ?? null, value: null, reason: 'not run' }
    const { results } = merge(half(0, { metrics: [none] }), half(1, { metrics: whole.metrics.slice(0, 1) }))
    expect(results.metrics).toEqual([metric])
  })

  test.for<[what: string, one: Partial<Results>, other: Partial<Results>]>([
    ['two verdicts', { items: [first] }, { items: [item({ verdict: 'fail' })] }],
    ['a verdict and none', { items: [first] }, { items: [item({ verdict: 'could not measure' })] }],
    ['two measurements', { items: [first] }, { items: [item({ measured: { value: 1, interval: null } })] }],
    [
      'two numbers',
      { metrics: [{ id: 'a.b.c', unit: 'ms', value: 1 }] },
      { metrics: [{ id: 'a.b.c', unit: 'ms', value: 2 }] },
    ],
    ['two tables', { tables: whole.tables }, { tables: whole.tables.map(table => ({ ...table, rows: [] })) }],
    ['two charts', { charts: whole.charts }, { charts: whole.charts.map(chart => ({ ...chart, series: [] })) }],
  ])('is refused with %s, and both files are named', ([, one, other]) => {
    const merging = () => merge({ ...unanswered, ...nothing, ...one }, { ...unanswered, ...nothing, ...other })
    expect(merging).toThrow(BadInputError)
    expect(merging).toThrow(/merging shard-1\/results.json and shard-2\/results.json: both hold the /)
  })
})

describe('what is not one run', () => {
  test.for<[what: string, changes: Partial<Results>, message: RegExp]>([
    ['another profile', { profile: 'full' }, /the profile of the first is quick, of the second full/],
    [
      'another engine',
      { engine: whole.engine && { ...whole.engine, name: 'vllm', version: '0.32.0' } },
      /the engine of the first is embedded 3\.22\.1, .*, of the second vllm 0\.32\.0/,
    ],
    [
      'a server that ran already',
      { engine: whole.engine && { ...whole.engine, origin: 'attached' } },
      /started by the suite, of the second embedded 3\.22\.1, running already/,
    ],
  ])('is refused: %s', ([, changes, message]) => {
    const merging = () => merge(half(0), half(1, changes))
    expect(merging).toThrow(BadInputError)
    expect(merging).toThrow(/merging shard-1\/results.json and shard-2\/results.json/)
    expect(merging).toThrow(message)
  })

  test('is refused: nothing', () => {
    expect(() => merge()).toThrow(BadInputError)
  })
})
