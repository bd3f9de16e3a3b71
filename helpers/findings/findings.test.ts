import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { ResultItem, ResultMetric, Results } from '../reporting/results-schema.ts'
import { type Answer, evidenceOf, findings, type Question } from './index.ts'
import { questions } from './questions/index.ts'

const metric = (id: string, value: number | null, more: Partial<ResultMetric> = {}): ResultMetric => ({
  id,
  unit: 'ms',
  value,
  ...more,
})

const item = (id: string, more: Partial<ResultItem> = {}): ResultItem => ({
  id,
  title: 'a criterion',
  verdict: 'pass',
  unit: null,
  n: 0,
  evidence: { spec: 'perf/model-limits/x.perf.ts', test: '000 · x > y', line: '', data: '', advice: [] },
  ...more,
})

const results = (changes: Partial<Pick<Results, 'items' | 'metrics' | 'tables'>> = {}) => ({
  items: [],
  metrics: [],
  tables: [],
  charts: [],
  samples: [],
  ...changes,
})

describe('evidence', () => {
  const evidence = evidenceOf(
    results({
      metrics: [
        metric('000.a.load.x', 7),
        metric('000.a.load.y', null, { reason: 'y does not load' }),
        metric('000.a.load.z', 9),
        metric('000.a.loads', 2),
      ],
      items: [
        item('000.a.load.x', { measured: { value: 7, interval: null } }),
        item('000.a.heat', { verdict: 'not applicable', reason: 'no sensor' }),
      ],
      tables: [{ id: '000.a.sizes', title: 'sizes', columns: ['model'], rows: [['x']], notes: [] }],
    }),
  )

  test('is a number where there is one', () => {
    expect(evidence.metric('000.a.load.x')).toMatchObject({ value: 7 })
    expect(evidence.metric('000.a.load.y')).toBeNull()
    expect(evidence.metric('000.a.none')).toBeNull()
  })

  test('is all numbers of a prefix, in the order of the run', () => {
    expect(evidence.metrics('000.a.load.').map(({ value }) => value)).toEqual([7, 9])
    expect(evidence.metrics('000.b.')).toEqual([])
  })

  test('is the reason where there is no number, of a metric or of a criterion', () => {
    expect(evidence.reason('000.a.load.y')).toBe('y does not load')
    expect(evidence.reason('000.a.heat')).toBe('no sensor')
    expect(evidence.reason('000.a.load.x')).toBeNull()
    expect(evidence.reason('000.a.none')).toBeNull()
  })

  test('is a criterion, or a table', () => {
    expect(evidence.item('000.a.heat')).toMatchObject({ verdict: 'not applicable' })
    expect(evidence.item('000.a.loads')).toBeNull()
    expect(evidence.table('000.a.sizes')).toMatchObject({ rows: [['x']] })
    expect(evidence.table('000.a.heat')).toBeNull()
  })
})

describe('findings', () => {
  const speed: Question = {
    id: 'Q5',
    question: 'How fast?',
    answer: evidence => {
      const found = evidence.metric('000.a.load')
      return found
        ? { state: 'answered', answer: `${found.value} ms`, evidence: [found.id], caveats: ['one machine'] }
        : { state: 'open', needs: 'a model that loads' }
    },
  }
  const always = (answer: Answer): Question => ({ id: 'Q1', question: 'What?', answer: () => answer })
  const measured = results({ metrics: [metric('000.a.load', 7)] })

  test('answer from what the run holds', () => {
    expect(findings(measured, [speed])).toEqual([
      {
        id: 'Q5',
        question: 'How fast?',
        state: 'answered',
        answer: '7 ms',
        evidence: ['000.a.load'],
        caveats: ['one machine'],
      },
    ])
  })

  test('are open where it lacks what the answer needs', () => {
    const other = results({ metrics: [metric('003.b.swap', 7)] })
    expect(findings(other, [speed])).toEqual([
      { id: 'Q5', question: 'How fast?', state: 'open', needs: 'a model that loads' },
    ])
  })

  test('of a run that measured nothing of these plans are none', () => {
    const { evidence } = item('')
    const elsewhere = item('001.a.load', { evidence: { ...evidence, test: '001 · x > y' } })
    expect(findings(results({ metrics: [metric('001.a.load', 7)], items: [elsewhere] }), [speed])).toEqual([])
  })

  test('of a run whose specs of these plans were all not applicable are open', () => {
    const skipped = item('perf/model-limits/x.perf.ts > 000 · x > y', { verdict: 'not applicable', reason: 'no' })
    expect(findings(results({ items: [skipped] }), [speed])).toMatchObject([{ state: 'open' }])
  })

  test('may rest on a number, a criterion or a table, and name each once', () => {
    const everything = results({
      metrics: [metric('000.a.m', null)],
      items: [item('000.a.i')],
      tables: [{ id: '000.a.t', title: '', columns: [], rows: [], notes: [] }],
    })
    const evidence = ['000.a.m', '000.a.i', '000.a.t', '000.a.m']
    const [finding] = findings(everything, [always({ state: 'answered', answer: 'yes', evidence, caveats: [] })])
    expect(finding).toMatchObject({ evidence: ['000.a.m', '000.a.i', '000.a.t'] })
  })

  test.for([
    ['is added where nobody tells it', 'yes', [], ['measured on models of 1/16 of their size']],
    ['is told once: by a caveat', 'yes', ['models ÷ 16'], ['models ÷ 16']],
    ['is told once: by the answer', 'yes, at 1/16 of the size', [], []],
    ['is not taken for another', 'yes', ['models ÷ 160'], ['models ÷ 160', 'measured on models of 1/16 of their size']],
  ] as const)('of smaller models say so: the scale %s', ([, answer, caveats, expected]) => {
    const scaled = results({ metrics: [metric('000.a.load', 7, { scale: 16 }), metric('000.a.whole', 7)] })
    const evidence = ['000.a.load', '000.a.whole']
    const asked = always({ state: 'answered', answer, evidence, caveats: [...caveats] })
    expect(findings(scaled, [asked])).toMatchObject([{ caveats: expected }])
  })

  test.for([
    ['say so', [], ['1 of the 2 numbers can be off: the host was disturbed']],
    ['say so once', ['the host was disturbed'], ['the host was disturbed']],
  ] as const)('on numbers that the host spoiled %s', ([, caveats, expected]) => {
    const spoiled = results({
      metrics: [metric('000.a.load', 7, { spoiledBy: 'the host was disturbed' }), metric('000.a.quiet', 7)],
    })
    const evidence = ['000.a.load', '000.a.quiet']
    const asked = always({ state: 'answered', answer: 'yes', evidence, caveats: [...caveats] })
    expect(findings(spoiled, [asked])).toMatchObject([{ caveats: expected }])
  })

  test.for<[string, Answer, string]>([
    [
      'on what the run does not hold',
      { state: 'answered', answer: 'yes', evidence: ['000.a.load', '000.a.guess'], caveats: [] },
      'Q1 rests on 000.a.guess: no criterion, number or table of this run has that id',
    ],
    [
      'on nothing',
      { state: 'answered', answer: 'yes', evidence: [], caveats: [] },
      'Q1 is answered and names no evidence',
    ],
    [
      'without words',
      { state: 'answered', answer: ' ', evidence: ['000.a.load'], caveats: [] },
      'Q1 is answered with no words',
    ],
    ['open for no reason', { state: 'open', needs: '' }, 'Q1 is open and does not say what it needs'],
  ])('%s are a fault of the question', ([, answer, message]) => {
    expect(() => findings(measured, [always(answer)])).toThrow(message)
  })
})

describe("the plans' questions", () => {
  const numbered = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`)

  test('are all there, in order', () => {
    expect(questions.map(({ id }) => id)).toEqual([...numbered('Q', 12), ...numbered('S', 10)])
  })

  test('are each in the list that have a file', () => {
    const files = readdirSync(new URL('questions/', import.meta.url)).filter(name =>
      /^[qs]\d+-.*(?<!\.test)\.ts$/.test(name),
    )
    const idOf = (name: string) => name.slice(0, name.indexOf('-')).toUpperCase()
    expect(questions.map(({ id }) => id).toSorted()).toEqual(files.map(idOf).toSorted())
  })

  test('have words, and are open where nothing was measured', () => {
    const nothing = results({ items: [item('000.a.unrelated')] })
    for (const finding of findings(nothing)) {
      expect(finding, finding.id).toMatchObject({ state: 'open', question: expect.stringMatching(/\?$/) })
    }
  })
})
