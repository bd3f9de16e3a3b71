import { describe, expect, test } from 'vitest'
import { observe } from '../observations/index.ts'
import { judgeMeasured } from '../verdicts/index.ts'
import type { BaselineArtifact } from './artifacts.ts'
import { couldNotMeasure, failed, inconclusive, notApplicable, passed } from './example-run.ts'
import { finalLines } from './final-lines.ts'
import { itemsOf } from './items.ts'
import type { TestOutcome } from './outcome.ts'
import { testLines } from './test-lines.ts'

const baseline: BaselineArtifact = {
  type: 'perf:baseline',
  metric: '001.sequential-batches.throughput',
  verdict: 'no change',
  line: 'throughput 21.4 vs 21.9 req/s (-2.3 %, noise 3.1 %, p 0.21) no change',
}

const finished = (changes: Partial<TestOutcome> & Pick<TestOutcome, 'state'>): TestOutcome => ({
  name: `001 · 3 × 5K sequential batches > ${changes.assessments?.[0]?.title ?? 'something else'}`,
  spec: 'perf/multi-batch/sequential-batches.perf.ts',
  note: null,
  errors: [],
  assessments: [],
  baselines: [],
  ...changes,
})

const crash = { code: 'PERF_ENGINE_CRASHED', message: 'the engine died: SIGABRT\nggml: out of memory' }
const client = { code: 'PERF_CLIENT_BOTTLENECK', message: 'the client was the bottleneck' }

const tests = [
  finished({ state: 'passed', assessments: [passed], baselines: [baseline] }),
  finished({ state: 'failed', assessments: [failed], errors: [{ code: null, message: 'as above' }] }),
  finished({ state: 'skipped', assessments: [inconclusive], note: 'inconclusive: too little data' }),
  finished({ state: 'skipped', assessments: [notApplicable], note: 'not applicable: …' }),
  finished({ state: 'failed', assessments: [couldNotMeasure], errors: [client] }),
]

const lines = (test: TestOutcome, annotations: { type: string; message: string }[] = []) =>
  `\n${testLines(test, { durationMs: 0, annotations }).join('\n')}\n`

const onlyMeasured = judgeMeasured(
  observe({ id: '000.memory.saving', title: 'saving', unit: 'ratio', value: 0.7, details: ['by RSS'] }),
)

describe('a finished test', () => {
  test('says what each criterion measured', () => {
    expect(tests.map(test => lines(test)).join('')).toMatchInlineSnapshot(`
      "
       ✓ 001 · 3 × 5K sequential batches > VRAM stays within 0.5 GiB
          +3.0 MiB (limit 0.50 GiB) · host memory of the engine (PSS) · 3 batches, 264 requests
          baseline: throughput 21.4 vs 21.9 req/s (-2.3 %, noise 3.1 %, p 0.21) no change

       ✗ 001 · 3 × 5K sequential batches > throughput varies by less than 10 % between batches
          18.4 % [16.9 %, 20.1 %] (limit 10.0 %), missed by 8.4 % · 20.1, 18.0, 16.4 req/s · 3 batches, 264 requests
          look at: GPU clocks fell 1,980 → 1,605 MHz from batch 2 on, 87 °C

       ? 001 · 3 × 5K sequential batches > throughput does not fall from batch to batch
          6.0 % [1.0 %, 11.0 %] (limit 10.0 %) · 3 batches, 264 requests · inconclusive: the interval lies across the limit: too little data to tell
          look at: run more batches (PERF_BATCHES=5)

       – 001 · 3 × 5K sequential batches > the model stays loaded between batches
          not applicable: this engine does not tell which process serves the model

       ! 001 · 3 × 5K sequential batches > every request succeeds
          could not measure: the client was the bottleneck: schedule delay p99 212 ms
      "
    `)
  })

  test('with several criteria names each', () => {
    expect(lines(finished({ state: 'failed', name: 'memory', assessments: [passed, failed] }))).toMatchInlineSnapshot(`
      "
       ✗ memory
          ✓ VRAM stays within 0.5 GiB: +3.0 MiB (limit 0.50 GiB) · host memory of the engine (PSS) · 3 batches, 264 requests
          ✗ throughput varies by less than 10 % between batches: 18.4 % [16.9 %, 20.1 %] (limit 10.0 %), missed by 8.4 % · 20.1, 18.0, 16.4 req/s · 3 batches, 264 requests
          look at: GPU clocks fell 1,980 → 1,605 MHz from batch 2 on, 87 °C
      "
    `)
  })

  test('shows an error that no criterion explains, and why it was skipped', () => {
    const broken = [
      finished({ state: 'failed', errors: [crash] }),
      finished({ state: 'failed', errors: [client] }),
      finished({ state: 'skipped', note: 'not applicable: no GPU' }),
      finished({ state: 'skipped' }),
      finished({ state: 'passed' }),
    ]
    expect(broken.map(test => lines(test)).join('')).toMatchInlineSnapshot(`
      "
       ✗ 001 · 3 × 5K sequential batches > something else
          fail: the engine died: SIGABRT
          ggml: out of memory

       ! 001 · 3 × 5K sequential batches > something else
          could not measure: the client was the bottleneck

       – 001 · 3 × 5K sequential batches > something else
          not applicable: no GPU

       ↓ 001 · 3 × 5K sequential batches > something else

       ✓ 001 · 3 × 5K sequential batches > something else
      "
    `)
  })

  test('has no limit where the plan names none', () => {
    expect(lines(finished({ state: 'passed', name: 'saving', assessments: [onlyMeasured] }))).toBe(
      '\n ✓ saving\n    70.0 % · by RSS · 1 reading\n',
    )
  })

  test('is green when it expected the failure', () => {
    expect(lines(finished({ state: 'passed', assessments: [failed] }))).toMatch(/^\n ✓/)
  })

  test('shows annotations that say something new', () => {
    const shown = lines(finished({ state: 'passed', assessments: [passed], baselines: [baseline] }), [
      { type: 'pass', message: passed.line },
      { type: 'chart', message: 'throughput over the run' },
      { type: 'baseline', message: baseline.line },
      { type: 'warning', message: 'the disk is nearly full' },
    ])
    expect(shown.split('\n').slice(4)).toEqual(['    warning: the disk is nearly full', ''])
  })
})

describe('items', () => {
  test('are criteria, and tests that broke without one', () => {
    const items = itemsOf({ tests: [...tests, finished({ state: 'failed', errors: [crash] })] })
    expect(items.map(({ id, verdict }) => `${id}: ${verdict}`)).toMatchInlineSnapshot(`
      [
        "001.sequential-batches.vram-delta: pass",
        "001.sequential-batches.throughput-variance: fail",
        "001.sequential-batches.no-degradation: inconclusive",
        "001.sequential-batches.stays-loaded: not applicable",
        "001.sequential-batches.success-rate: could not measure",
        "perf/multi-batch/sequential-batches.perf.ts > 001 · 3 × 5K sequential batches > something else: fail",
      ]
    `)
  })

  test('leave out what a filter skipped', () => {
    expect(itemsOf({ tests: [finished({ state: 'skipped' }), finished({ state: 'pending' })] })).toEqual([])
  })
})

test('the end of a run counts the five words and explains its exit code', () => {
  const reasons = Array.from({ length: 7 }, (_, i) => `001.spec.criterion-${i + 1} failed`)
  const end = finalLines({ items: itemsOf({ tests }), resultsPath: 'out/results.json', exit: { code: 1, reasons } })
  expect(`\n${end.join('\n')}\n`).toMatchInlineSnapshot(`
    "
     Verdicts   1 pass · 1 fail · 1 inconclusive · 1 not applicable · 1 could not measure
     Results    out/results.json
     Exit code  1: a criterion failed, a regression was confirmed, or the engine crashed
                001.spec.criterion-1 failed
                001.spec.criterion-2 failed
                001.spec.criterion-3 failed
                001.spec.criterion-4 failed
                001.spec.criterion-5 failed
                and 2 more
    "
  `)
  const green = finalLines({ items: [], resultsPath: null, exit: { code: 0, reasons: [] } })
  expect(green).toHaveLength(1)
})
