import { describe, expect, test } from 'vitest'
import type { BatchRun } from '../batches/batch-run.ts'
import { absent, measured } from '../measured.ts'
import { decide, decisionLine } from './decision.ts'
import { exampleRun, failed, inconclusive, notApplicable, passed } from './example-run.ts'
import { metaTable } from './meta.ts'
import { figuresOf } from './run-figures.ts'
import { runSummary } from './run-summary.ts'
import { signState } from './warning-signs.ts'

const stays = { ...passed, id: '001.sequential-batches.stays-loaded', title: 'the model stays loaded' }
const steady = { ...passed, id: '001.sequential-batches.throughput-variance', title: 'throughput is steady' }

/** Two requests of the last batch failed, and the engine tells neither memory nor cached tokens. */
function poorRun(): BatchRun {
  const run = exampleRun()
  const batches = run.batches.map((batch, i) => ({
    ...batch,
    memory: absent('the engine is remote'),
    cachedTokens: absent('this engine does not tell'),
    itlMs: null,
    ttftMs: batch.ttftMs.slice(0, 20),
    ...(i === 2 ? { completed: 86, failed: 2, failures: { 'http-status': 2 } as const } : {}),
  }))
  return { ...run, batches, memoryDomain: absent('the engine is remote'), model: { ...run.model, scale: 1 } }
}

describe('the final summary', () => {
  test('of a healthy run', () => {
    expect(`\n${runSummary(exampleRun(), [passed, steady, stays]).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      Final multi-batch summary · 001.sequential-batches
      embedded 3.22.1 · qwen2.5-0.5b ÷ 16 · epyc-2c-24g

        Overall statistics
          Total batches   3
          Total requests  264
          Total failed    0
          Success rate    100.00 %
          Total time      12.5 s
          Average rate    21.8 req/s · 698 tok/s

        Per-batch performance
          Batch 1  4.1 s  21.9 req/s  700 tok/s  813 ms/request  VRAM +1.0 MiB  100.00 % of 88
          Batch 2  4.2 s  21.8 req/s  699 tok/s  813 ms/request  VRAM +1.0 MiB  100.00 % of 88
          Batch 3  4.2 s  21.7 req/s  694 tok/s  813 ms/request  VRAM +1.0 MiB  100.00 % of 88

        VRAM analysis · host memory of the engine (PSS)
          Batch 1  0.40 GiB → 0.40 GiB  Δ +1.0 MiB  peak 0.42 GiB
          Batch 2  0.40 GiB → 0.40 GiB  Δ +1.0 MiB  peak 0.42 GiB
          Batch 3  0.40 GiB → 0.41 GiB  Δ +1.0 MiB  peak 0.42 GiB
          Total    0.40 GiB → 0.41 GiB  Δ +3.0 MiB  peak 0.42 GiB
          ✓ no memory leak detected

        Performance consistency
          Min · mean · max            21.7 req/s · 21.8 req/s · 21.9 req/s
          Standard deviation          0.11 req/s
          Variance (max − min) / max  1.0 %
          ✓ consistent performance

        Model persistence
          Batch 1  start delay unknown: there is no batch before the first
          Batch 2  3.20 ms start delay
          Batch 3  3.20 ms start delay
          ✓ the model stayed loaded

        Tokens
          prompt 16,896 · completion 8,448 · cached 1,056 · cache hit rate 6.3 %

        Latency
          TTFT  p50 69 ms   p95 96 ms
          TPOT  p50 24 ms   p95 28 ms
          ITL   p50 22 ms   p95 38 ms   max 88 ms
          E2E   p50 810 ms  p95 930 ms

        Client health
          event loop lag p99 1.80 ms, max 6.40 ms · schedule delay p50 0.12 ms, p99 1.40 ms

        Host disturbance
          Batch 1  foreign CPU 1.2 %  steal 0.1 %  foreign swap 0.0 MiB  throttled –
          Batch 2  foreign CPU 1.2 %  steal 0.1 %  foreign swap 0.0 MiB  throttled –
          Batch 3  foreign CPU 1.2 %  steal 0.1 %  foreign swap 0.0 MiB  throttled –

        Decision
          go to 170K: The 3 criteria that apply all passed, on a model ÷ 16: run PERF_PROFILE=full before production. 170,000 requests would take 2.17 h (2.16 h to 2.18 h) at the measured rate.
      "
    `)
  })

  test('of a run with failures says what is not known, and why', () => {
    expect(`\n${runSummary(poorRun(), [failed, notApplicable]).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      Final multi-batch summary · 001.sequential-batches
      embedded 3.22.1 · qwen2.5-0.5b ÷ 16 · epyc-2c-24g

        Overall statistics
          Total batches   3
          Total requests  264
          Total failed    2 · http-status × 2
          Success rate    99.24 %
          Total time      12.5 s
          Average rate    21.6 req/s · 698 tok/s

        Per-batch performance
          Batch 1  4.1 s  21.9 req/s  700 tok/s  813 ms/request  VRAM –  100.00 % of 88
          Batch 2  4.2 s  21.8 req/s  699 tok/s  813 ms/request  VRAM –  100.00 % of 88
          Batch 3  4.2 s  21.2 req/s  694 tok/s  813 ms/request  VRAM –  97.73 % of 88

        VRAM analysis · no memory was read
          the engine is remote
          ? memory leak: not judged

        Performance consistency
          Min · mean · max            21.2 req/s · 21.6 req/s · 21.9 req/s
          Standard deviation          0.39 req/s
          Variance (max − min) / max  3.2 %
          ✗ performance degradation: 18.4 % [16.9 %, 20.1 %] (limit 10.0 %), missed by 8.4 % · 20.1, 18.0, 16.4 req/s · 3 batches, 264 requests

        Model persistence
          Batch 1  start delay unknown: there is no batch before the first
          Batch 2  3.20 ms start delay
          Batch 3  3.20 ms start delay
          ? model reloading: not applicable: this engine does not tell which process serves the model

        Tokens
          prompt 16,896 · completion 8,448 · cached unknown: this engine does not tell

        Latency
          TTFT  p50 69 ms                 p95 – (needs 130 requests, this run has 60)
          TPOT  p50 24 ms                 p95 28 ms
          ITL   no answer had two events
          E2E   p50 810 ms                p95 930 ms

        Client health
          event loop lag p99 1.80 ms, max 6.40 ms · schedule delay p50 0.12 ms, p99 1.40 ms

        Host disturbance
          Batch 1  foreign CPU 1.2 %  steal 0.1 %  foreign swap 0.0 MiB  throttled –
          Batch 2  foreign CPU 1.2 %  steal 0.1 %  foreign swap 0.0 MiB  throttled –
          Batch 3  foreign CPU 1.2 %  steal 0.1 %  foreign swap 0.0 MiB  throttled –

        Decision
          investigate: Failed: throughput varies by less than 10 % between batches. 170,000 requests would take 2.18 h (2.16 h to 2.23 h) at the measured rate.
      "
    `)
  })

  test("leaves out other specs' criteria", () => {
    const other = { ...failed, id: '001.extended-stress.throughput-variance' }
    expect(runSummary(exampleRun(), [passed, other]).join('\n')).not.toContain('✗')
  })

  test('of a run without batches', () => {
    expect(runSummary({ ...exampleRun(), batches: [] }, []).join('\n')).toContain('Total requests  0')
  })
})

describe('figures', () => {
  test('are those of the batches', () => {
    const { requestsPerSecond, memory, tokens, consistency } = figuresOf(exampleRun())
    // 264 requests in 12.11 s of chunks; pauses between them are no time of the engine's.
    expect(requestsPerSecond).toEqual(measured(264_000 / 12_110))
    expect(memory).toMatchObject({ value: { deltaBytes: 3 * 2 ** 20 } })
    expect(tokens.cacheHitRate).toEqual(measured(4 / 64))
    expect(consistency).toMatchObject({ value: { variance: expect.closeTo(1 - 4.02 / 4.06, 12) } })
  })

  test('never round a failure away', () => {
    const run = exampleRun()
    const batches = run.batches.map(batch => ({ ...batch, completed: 99_999, failed: 1 }))
    expect(runSummary({ ...run, batches }, []).join('\n')).toMatch(/Success rate +99\.99 %/)
  })
})

describe('warning signs', () => {
  test('are present when one of their criteria failed', () => {
    expect(signState('performance degradation', [failed, inconclusive])).toMatchObject({
      state: 'present',
      shownBy: [failed],
    })
    expect(signState('memory leak', [{ ...failed, id: '1.2.vram-delta' }])).toMatchObject({ state: 'present' })
    expect(signState('model reloading', [{ ...failed, id: '1.2.stays-loaded' }])).toMatchObject({ state: 'present' })
  })

  test('are absent only when what applies passed', () => {
    const leak = { ...notApplicable, id: '1.2.no-leak-trend' }
    expect(signState('memory leak', [passed, leak]).state).toBe('absent')
    expect(signState('memory leak', [leak]).state).toBe('unknown')
    expect(signState('performance degradation', [steady, inconclusive])).toMatchObject({ state: 'unknown' })
    expect(signState('memory leak', [])).toMatchObject({ state: 'unknown', reason: 'not judged' })
  })
})

describe('the decision', () => {
  const run = { ...exampleRun(), model: { name: 'qwen2.5-0.5b', scale: 1, bytes: 1 } }

  test.for([
    ['all that apply passed', [passed, stays, notApplicable], 'go to 170K'],
    ['one failed', [passed, failed, inconclusive], 'investigate'],
    ['one is not known', [passed, inconclusive], 'undecided'],
    ['none was judged', [notApplicable], 'undecided'],
  ] as const)('%s', ([, assessments, word]) => {
    expect(decide(assessments, run).word).toBe(word)
  })

  test('says why and how long it would take', () => {
    const lines = [[passed, stays], [passed, failed], [inconclusive]].map(own => decisionLine(decide(own, run)))
    expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      go to 170K: The 2 criteria that apply all passed. 170,000 requests would take 2.17 h (2.16 h to 2.18 h) at the measured rate.
      investigate: Failed: throughput varies by less than 10 % between batches. 170,000 requests would take 2.17 h (2.16 h to 2.18 h) at the measured rate.
      undecided: Not known: throughput does not fall from batch to batch. 170,000 requests would take 2.17 h (2.16 h to 2.18 h) at the measured rate.
      "
    `)
  })

  test('projects from the mean rate, the fastest and the slowest batch', () => {
    const { projected } = decide([passed], run)
    expect(projected?.ms).toBeCloseTo((170_000 / 264) * 12_110, 3)
    expect(projected?.shortestMs).toBeCloseTo((170_000 / 88) * 4020, 3)
    expect(projected?.longestMs).toBeCloseTo((170_000 / 88) * 4060, 3)
    expect(decide([passed], { ...run, batches: [] }).projected).toBeNull()
  })
})

test("numbers for vitest's UI are short", () => {
  const table = metaTable(exampleRun())
  for (const key of Object.keys(table)) expect(key.length, key).toBeLessThanOrEqual(24)
  expect(table).toMatchInlineSnapshot(`
    {
      "E2E p50 / p95": "810 ms / 930 ms",
      "ITL p50 / p95 / p99": "22 ms / 38 ms / 52 ms",
      "TPOT p50 / p95": "24 ms / 28 ms",
      "TTFT p50 / p95": "69 ms / 96 ms",
      "cache hit rate": "6.3 %",
      "client delay p50 / p99": "0.12 ms / 1.40 ms",
      "engine": "embedded 3.22.1",
      "memory": "0.40 GiB → 0.41 GiB, peak 0.42 GiB",
      "memory Δ": "+3.0 MiB",
      "model": "qwen2.5-0.5b ÷ 16",
      "requests": "264 in 3 batches",
      "success rate": "100.0 %",
      "throughput": "21.8 req/s · 698 tok/s",
      "variance of batches": "1.0 %",
      "workload": "64 prompt tokens, 32 output tokens, unique prompts",
    }
  `)
})
