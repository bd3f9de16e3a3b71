import { describe, expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import type { PreflightFacts } from '../preflight/index.ts'
import { exampleRun, loaded, MIB, steadyChunks } from '../testing/example-run.ts'
import { gibibytes, percent, seconds } from '../units.ts'
import { matchers } from './index.ts'

expect.extend(matchers)

const healthy = exampleRun({ kvCacheShare: () => measured(0) })
const slowing = exampleRun({ chunkSeconds: [1, 1.12, 1.25].map((f, i) => (steadyChunks[i] ?? []).map(s => s * f)) })
const leaking = exampleRun({ memoryAfter: chunk => (4096 + 100 * (chunk + 1)) * MIB })
const failing = exampleRun({ failedPerChunk: 1 })
const reloading = exampleRun({ residency: edge => loaded(edge < 2 ? '4711:99' : '4712:120', 10) })

describe.for([
  [
    'toKeepVramDeltaBelow',
    (run: unknown) => expect(run).toKeepVramDeltaBelow(gibibytes(0.5)),
    (run: unknown) => expect(run).not.toKeepVramDeltaBelow(gibibytes(0.5)),
    leaking,
  ],
  [
    'toShowNoLeakTrend',
    (run: unknown) => expect(run).toShowNoLeakTrend(),
    (run: unknown) => expect(run).not.toShowNoLeakTrend(),
    leaking,
  ],
  [
    'toVaryLessThan',
    (run: unknown) => expect(run).toVaryLessThan(percent(10)),
    (run: unknown) => expect(run).not.toVaryLessThan(percent(10)),
    slowing,
  ],
  [
    'toShowNoDegradation',
    (run: unknown) => expect(run).toShowNoDegradation(percent(10)),
    (run: unknown) => expect(run).not.toShowNoDegradation(percent(10)),
    slowing,
  ],
  [
    'toHaveSuccessRate',
    (run: unknown) => expect(run).toHaveSuccessRate(percent(100)),
    (run: unknown) => expect(run).not.toHaveSuccessRate(percent(100)),
    failing,
  ],
  [
    'toStayLoaded',
    (run: unknown) => expect(run).toStayLoaded(),
    (run: unknown) => expect(run).not.toStayLoaded(),
    reloading,
  ],
  [
    'toHaveTtftBelow',
    (run: unknown) => expect(run).toHaveTtftBelow(seconds(2), { percentile: 95 }),
    (run: unknown) => expect(run).not.toHaveTtftBelow(seconds(2), { percentile: 95 }),
    exampleRun({ ttftMs: () => 3000 }),
  ],
  [
    'toRunWithoutCrash',
    (run: unknown) => expect(run).toRunWithoutCrash(),
    (run: unknown) => expect(run).not.toRunWithoutCrash(),
    exampleRun({ failedPerChunk: 1, failure: 'connection-reset' }),
  ],
  [
    'toFreeItsKvCache',
    (run: unknown) => expect(run).toFreeItsKvCache(),
    (run: unknown) => expect(run).not.toFreeItsKvCache(),
    exampleRun({ kvCacheShare: () => measured(0.2) }),
  ],
  [
    'toReachThroughput',
    (run: unknown) => expect(run).toReachThroughput(14),
    (run: unknown) => expect(run).not.toReachThroughput(14),
    slowing,
  ],
  [
    'toHaveMemoryFor',
    (run: unknown) => expect(run).toHaveMemoryFor(170_000),
    (run: unknown) => expect(run).not.toHaveMemoryFor(170_000),
    leaking,
  ],
] as const)('%s', ([, positive, negative, broken]) => {
  test('passes on a healthy run, and fails on a broken one', () => {
    positive(healthy)
    expect(() => positive(broken)).toThrow()
  })

  test('the other way round under .not', () => {
    negative(broken)
    expect(() => negative(healthy)).toThrow('and it was expected not to')
  })

  test('refuses what is not a run', () => {
    expect(() => positive(42)).toThrow('judges what load.batches() measured; it was given number')
  })
})

describe('keep-alive', () => {
  const expiry = (afterMs: number, isGone = true) => ({
    id: '001.keep-alive',
    expiry: measured({
      ...healthy,
      modelName: 'tiny',
      keepAliveMs: 5000,
      isGone,
      afterMs,
      looks: 51,
      resolutionMs: 104,
    }),
  })

  test('toStayLoadedUntilExpiry, both directions', () => {
    expect(expiry(5100)).toStayLoadedUntilExpiry()
    expect(expiry(3000)).not.toStayLoadedUntilExpiry()
    expect(() => expect(expiry(3000)).toStayLoadedUntilExpiry()).toThrow('3.00 s (limit 4.75 s), missed by 1.75 s')
    expect(() => expect(42).toStayLoadedUntilExpiry()).toThrow('judges what load.expiry() measured')
  })

  test('toBeGoneAfterExpiry, both directions', () => {
    expect(expiry(5100)).toBeGoneAfterExpiry({ within: seconds(5) })
    expect(expiry(15_000, false)).not.toBeGoneAfterExpiry({ within: seconds(5) })
    expect(() => expect(expiry(15_000, false)).toBeGoneAfterExpiry({ within: seconds(5) })).toThrow(
      'still loaded at the last look',
    )
    expect(() => expect(null).toBeGoneAfterExpiry({ within: seconds(5) })).toThrow('it was given object')
  })
})

describe('failure texts say what was measured, what is allowed, by how much, on how much data, where to look', () => {
  const textOf = (run: () => unknown): string => {
    try {
      run()
    } catch (error) {
      return (error as Error).message
    }
    return expect.unreachable('it passed')
  }

  test('VRAM Δ', () => {
    expect(textOf(() => expect(leaking).toKeepVramDeltaBelow(gibibytes(0.5)))).toMatchInlineSnapshot(`
      "VRAM stays within 0.50 GiB
        +1.17 GiB [+1.17 GiB, +1.17 GiB] (limit 0.50 GiB), missed by 0.67 GiB · host memory of the engine (PSS) · 3 batches, 264 requests
        look at: compare the memory chart with the chunks: growth in steps points at caches, steady growth at a leak"
    `)
  })

  test('leak trend', () => {
    expect(textOf(() => expect(leaking).toShowNoLeakTrend())).toMatchInlineSnapshot(`
      "memory does not rise from chunk to chunk
        +1.07 GiB [+1.07 GiB, +1.07 GiB] (limit 47.5 MiB), missed by 1.03 GiB · +4.44 GiB per 1,000 requests, p 0.001 · host memory of the engine (PSS) · 3 batches, 264 requests
        look at: a steady rise with every chunk is a leak: run more batches (PERF_BATCHES) and look whether it levels off"
    `)
  })

  test('KV cache', () => {
    const held = exampleRun({ kvCacheShare: () => measured(0.2) })
    expect(textOf(() => expect(held).toFreeItsKvCache())).toMatchInlineSnapshot(`
      "the KV cache is empty when nothing is in flight
        20.0 % (limit 1.0 %), missed by 19.0 % · largest share in use after a batch · 3 batches, 264 requests
        look at: requests that the engine still holds: look at its count of running requests and at its log"
    `)
  })

  test('throughput variance', () => {
    expect(textOf(() => expect(slowing).toVaryLessThan(percent(10)))).toMatchInlineSnapshot(`
      "throughput varies by less than 10.0 % between batches
        20.0 % [19.1 %, 20.7 %] (limit 10.0 %), missed by 10.0 % · 14.7, 13.1, 11.7 req/s · 3 batches, 264 requests
        look at: batch 3 was the slowest: clocks, temperatures and the engine's queue during it"
    `)
  })

  test('degradation', () => {
    expect(textOf(() => expect(slowing).toShowNoDegradation(percent(10)))).toMatchInlineSnapshot(`
      "throughput falls by less than 10.0 % over the run
        +20.0 % [+18.9 %, +21.1 %] (limit 10.0 %), missed by 10.0 % · 14.7, 13.1, 11.7 req/s, falling with every batch: degradation · 3 batches, 264 requests
        look at: a fall that goes on is heat, fragmentation or a growing queue: see clocks, temperatures, memory and swap"
    `)
  })

  test('success rate', () => {
    expect(textOf(() => expect(failing).toHaveSuccessRate(percent(100)))).toMatchInlineSnapshot(`
      "100 % of the requests succeed
        95.5 % (limit 100.0 %), missed by 4.5 % · 12 failed: 12 × http-status · 3 batches, 264 requests
        look at: records.jsonl of this run holds every failed request with its message"
    `)
  })

  test('stays loaded', () => {
    expect(textOf(() => expect(reloading).toStayLoaded())).toMatchInlineSnapshot(`
      "the model stays loaded between batches
        1 (limit 0), missed by 1 · another process serves it before batch 2 · 3 batches, 264 requests
        look at: look at keep-alive settings, at eviction by other models and at the engine's log"
    `)
  })
})

describe('toClearPreflight', () => {
  const facts: PreflightFacts = {
    answerMs: measured(3),
    model: { wanted: 'qwen2.5-0.5b', present: true, available: ['qwen2.5-0.5b'] },
    memory: measured({ firstBytes: 400 * MIB, secondBytes: 401 * MIB, freeBytes: 8192 * MIB, neededBytes: 282 * MIB }),
    strays: [],
    disk: { path: '.vitest', freeBytes: measured(20 * 1024 * MIB), neededBytes: 10 * 1024 * MIB },
    inFlight: measured(0),
    input: { state: 'valid', path: 'batch.jsonl', lines: 88 },
  }
  const ready = { id: '001.production-simulation', facts }

  test.for([
    ['server-answers', { answerMs: absent('connection refused') }],
    ['model-present', { model: { wanted: 'x', present: false, available: ['y'] } }],
    ['memory-free', { memory: measured({ firstBytes: 1, secondBytes: 1, freeBytes: 10, neededBytes: 20 }) }],
    [
      'memory-stable',
      { memory: measured({ firstBytes: 400 * MIB, secondBytes: 500 * MIB, freeBytes: 8192 * MIB, neededBytes: 1 }) },
    ],
    ['no-strays', { strays: [{ pid: 7, command: 'ollama serve', rssBytes: MIB }] }],
    ['disk', { disk: { path: '.vitest', freeBytes: measured(MIB), neededBytes: 10 * MIB } }],
    ['idle', { inFlight: measured(3) }],
  ] as const)('%s passes, and fails when it should', ([check, broken]) => {
    expect(ready).toClearPreflight(check)
    expect(() => expect({ ...ready, facts: { ...facts, ...broken } }).toClearPreflight(check)).toThrow()
    expect({ ...ready, facts: { ...facts, ...broken } }).not.toClearPreflight(check)
  })
})
