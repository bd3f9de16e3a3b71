import { describe, expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { exampleRun, loaded, MIB, steadyChunks } from '../testing/example-run.ts'
import { gibibytes, milliseconds, percent, seconds } from '../units.ts'
import {
  judgeCrashes,
  judgeDegradation,
  judgeExpectedThroughput,
  judgeKvCache,
  judgeLeakTrend,
  judgeProjection,
  judgeResidency,
  judgeSuccessRate,
  judgeThroughputVariance,
  judgeTtft,
  judgeVramDelta,
} from './index.ts'

/** Every chunk of batch n takes this many times as long as the steady one. */
const slowed = (factors: number[]) =>
  factors.map((factor, i) => (steadyChunks[i % steadyChunks.length] ?? []).map(s => s * factor))

describe('VRAM Δ', () => {
  test('passes on steady memory, with the number, the limit and the domain', () => {
    const assessment = judgeVramDelta(exampleRun(), gibibytes(0.5))
    expect(assessment).toMatchObject({ id: '001.sequential-batches.vram-delta', verdict: 'pass', advice: [] })
    expect(assessment).toHaveProperty(
      'line',
      expect.stringContaining('(limit 0.50 GiB) · host memory of the engine (PSS)'),
    )
    expect(assessment.data).toBe('3 batches, 264 requests')
  })

  test('fails when memory grew by more than the limit, and says by how much', () => {
    const leaking = exampleRun({ memoryAfter: chunk => (4096 + 100 * (chunk + 1)) * MIB })
    const assessment = judgeVramDelta(leaking, gibibytes(0.5))
    expect(assessment).toMatchObject({ verdict: 'fail', measured: { value: 1200 * MIB } })
    expect(assessment).toHaveProperty('line', expect.stringContaining('missed by 0.67 GiB'))
    expect(assessment.advice).toHaveLength(1)
  })

  test('is inconclusive when the jitter of the readings reaches across the limit', () => {
    const noisy = exampleRun({ memoryAfter: chunk => (4096 + (chunk === 11 ? 400 : chunk % 2 ? 0 : 300)) * MIB })
    expect(judgeVramDelta(noisy, gibibytes(0.5))).toMatchObject({ verdict: 'inconclusive' })
  })

  test('scales the limit with the model and prints both', () => {
    const assessment = judgeVramDelta(
      exampleRun({ scale: 16, memoryAfter: chunk => (100 + 4 * (chunk + 1)) * MIB }),
      gibibytes(0.5),
    )
    expect(assessment).toMatchObject({ verdict: 'fail', limit: 32 * MIB })
    expect(assessment).toHaveProperty('line', expect.stringContaining('limit 0.50 GiB ÷ 16, as the model'))
  })

  test('passes when memory shrinks', () => {
    const shrinking = exampleRun({ memoryAfter: chunk => (4096 - 100 * chunk) * MIB })
    expect(judgeVramDelta(shrinking, gibibytes(0.5))).toMatchObject({ verdict: 'pass' })
  })

  test('is not applicable where the engine is out of sight', () => {
    const remote = exampleRun({ run: { memoryDomain: absent('the engine runs on another machine') } })
    expect(judgeVramDelta(remote, gibibytes(0.5))).toMatchObject({
      verdict: 'not applicable',
      reason: 'the engine runs on another machine',
    })
  })
})

describe('leak trend', () => {
  test('passes on steady memory', () => {
    expect(judgeLeakTrend(exampleRun())).toMatchObject({ verdict: 'pass', n: 12 })
  })

  test("fails on the plan's possible leak, which the Δ passes", () => {
    const slowLeak = exampleRun({ memoryAfter: chunk => (10_598 + 38 * (chunk + 1) + (chunk % 2)) * MIB })
    expect(judgeVramDelta(slowLeak, gibibytes(0.5))).toMatchObject({ verdict: 'pass' })
    expect(judgeLeakTrend(slowLeak)).toMatchObject({ verdict: 'fail' })
  })

  test('does not call one step at the start a leak of the whole run', () => {
    const step = exampleRun({ memoryAfter: chunk => (4096 + (chunk > 0 ? 30 : 0) + (chunk % 2)) * MIB })
    expect(judgeLeakTrend(step).verdict).not.toBe('fail')
  })

  test('needs eight readings', () => {
    const short = exampleRun({
      chunkSeconds: [
        [3, 3],
        [3, 3],
      ],
    })
    expect(judgeLeakTrend(short)).toMatchObject({ verdict: 'inconclusive', measured: null })
    expect(judgeLeakTrend(short).data).toBe('2 batches, 88 requests')
  })
})

describe('throughput variance', () => {
  test('passes when the batches are alike', () => {
    const assessment = judgeThroughputVariance(exampleRun(), percent(10))
    expect(assessment).toMatchObject({ verdict: 'pass' })
    expect(assessment).toHaveProperty('line', expect.stringContaining('14.7, 14.6, 14.7 req/s'))
  })

  test("fails on the plan's 0.20, 0.18, 0.16", () => {
    const falling = exampleRun({ chunkSeconds: slowed([1, 0.2 / 0.18, 0.2 / 0.16]) })
    const assessment = judgeThroughputVariance(falling, percent(10))
    expect(assessment).toMatchObject({ verdict: 'fail' })
    expect(assessment.measured?.value).toBeCloseTo(0.2, 1)
  })

  test('is inconclusive when the interval reaches across the limit', () => {
    const noisy = exampleRun({
      chunkSeconds: [
        [1.2, 1.8, 1.5, 1.6],
        [1.3, 1.9, 1.4, 1.7],
        [1.6, 1.2, 1.9, 1.3],
      ],
    })
    expect(judgeThroughputVariance(noisy, percent(10))).toMatchObject({ verdict: 'inconclusive' })
  })

  test('is inconclusive when the host was disturbed, whatever it shows, and names the cause', () => {
    const disturbed = exampleRun({ disturbance: batch => (batch === 1 ? { foreignCpu: measured(0.4) } : {}) })
    expect(judgeThroughputVariance(disturbed, percent(10))).toMatchObject({
      verdict: 'inconclusive',
      reason: 'the host was disturbed: other processes took 40.0 % of the CPU in batch 2',
    })
  })

  test.for([
    ['steal', { steal: measured(0.2) }, 'the hypervisor took 20.0 % of the CPU'],
    ['swapping', { foreignSwapBytes: measured(64 * MIB) }, 'others swapped 0.06 GiB'],
    ['throttling', { throttled: measured(3) }, 'the clocks were throttled'],
  ] as const)('names %s', ([, disturbance, words]) => {
    const assessment = judgeThroughputVariance(exampleRun({ disturbance: () => disturbance }), percent(10))
    expect(assessment.reason).toContain(words)
  })

  test('needs 5 s and 50 requests a batch', () => {
    const short = exampleRun({ chunkSeconds: slowed([0.1, 0.1, 0.1]) })
    expect(judgeThroughputVariance(short, percent(10))).toMatchObject({ verdict: 'inconclusive', measured: null })
    const nearly = judgeThroughputVariance(exampleRun({ chunkSeconds: slowed([0.8327, 0.8327, 0.8327]) }), percent(10))
    expect(nearly.reason).toContain('throughput needs batches of 5 s; these have 4.99 s (raise PERF_REQUESTS)')
  })
})

describe('degradation', () => {
  test('passes when throughput is level', () => {
    expect(judgeDegradation(exampleRun(), percent(10))).toMatchObject({ verdict: 'pass' })
  })

  test('fails when every batch is slower than the one before', () => {
    const falling = exampleRun({ chunkSeconds: slowed([1, 1.12, 1.25]) })
    const assessment = judgeDegradation(falling, percent(10))
    expect(assessment).toMatchObject({ verdict: 'fail' })
    expect(assessment).toHaveProperty('line', expect.stringContaining('falling with every batch: degradation'))
  })

  test('passes when only the middle batch is slow: that is variance', () => {
    const dented = exampleRun({ chunkSeconds: slowed([1, 1.3, 1]) })
    expect(judgeDegradation(dented, percent(10)).verdict).not.toBe('fail')
    expect(judgeThroughputVariance(dented, percent(10))).toMatchObject({ verdict: 'fail' })
  })
})

describe('success rate', () => {
  test('passes at 100 %', () => {
    expect(judgeSuccessRate(exampleRun(), percent(100))).toMatchObject({ verdict: 'pass', n: 264 })
  })

  test('fails on one failure a chunk, and names the class', () => {
    const assessment = judgeSuccessRate(exampleRun({ failedPerChunk: 1 }), percent(100))
    expect(assessment).toMatchObject({ verdict: 'fail' })
    expect(assessment).toHaveProperty('line', expect.stringContaining('12 failed: 12 × http-status'))
  })
})

describe('stays loaded', () => {
  test('passes while the same process serves and its counter rises', () => {
    const assessment = judgeResidency(exampleRun())
    expect(assessment).toMatchObject({ verdict: 'pass' })
    expect(assessment).toHaveProperty('line', expect.stringContaining('process, token counter, start delay'))
  })

  test.for([
    [
      'another process',
      { residency: (edge: number) => loaded(edge < 2 ? '4711:99' : '4712:120', 1000 * edge) },
      'another process serves it before batch 2',
    ],
    [
      'a counter that falls',
      { residency: (edge: number) => loaded('4711:99', edge < 2 ? 1000 * (edge + 1) : 10 * edge) },
      'its token counter fell before batch 2',
    ],
    [
      'a model that is gone',
      {
        residency: (edge: number) =>
          edge === 3 ? ({ state: 'not loaded', detail: 'unloaded' } as const) : loaded('4711:99', edge),
      },
      'not loaded after batch 2 (unloaded)',
    ],
    [
      'a pause like a load',
      { startDelayMs: (batch: number) => (batch === 1 ? 3000 : 4) },
      'batch 2 began with a pause of 3.0 s',
    ],
    [
      'a load in the log',
      {
        residency: (edge: number) =>
          ({ ...loaded('4711:99', edge), loads: measured(edge < 3 ? 1 : 2) }) as ReturnType<typeof loaded>,
      },
      "the engine's log tells of a load after batch 2",
    ],
    [
      'a load time that the engine reports',
      { engineLoadMs: (batch: number) => measured(batch === 2 ? 2500 : 12) },
      'the engine reports a load of 2.5 s for batch 3',
    ],
  ] as const)('fails on %s', ([, changes, words]) => {
    const assessment = judgeResidency(exampleRun(changes))
    expect(assessment).toMatchObject({ verdict: 'fail' })
    expect(assessment).toHaveProperty('line', expect.stringContaining(words))
  })

  test('is not applicable when no signal is there', () => {
    const blind = exampleRun({
      residency: () => ({
        state: 'loaded',
        instance: absent('remote'),
        generatedTokens: absent('no metrics'),
        loads: absent('no log'),
      }),
      run: { loadMs: absent('was loaded before') },
    })
    expect(judgeResidency(blind)).toMatchObject({ verdict: 'not applicable' })
  })
})

describe('KV cache', () => {
  test('passes when it is empty after every batch, fails when it is not', () => {
    expect(judgeKvCache(exampleRun({ kvCacheShare: () => measured(0) }))).toMatchObject({ verdict: 'pass', n: 3 })
    const held = exampleRun({ kvCacheShare: batch => measured(0.02 * batch) })
    expect(judgeKvCache(held)).toMatchObject({ verdict: 'fail', measured: { value: 0.04 } })
  })

  test('is not applicable without a gauge', () => {
    expect(judgeKvCache(exampleRun())).toMatchObject({
      verdict: 'not applicable',
      reason: 'the engine has no gauge of its KV cache',
    })
  })
})

describe('memory that grows by design', () => {
  const run = { memoryGrowsByDesign: 'earlier prompts are kept in host memory' }
  const leaking = { memoryAfter: (chunk: number) => (4096 + 100 * (chunk + 1)) * MIB, run }

  test('is no leak, and a failure is inconclusive', () => {
    const limit = gibibytes(0.5)
    for (const assessment of [judgeVramDelta(exampleRun(leaking), limit), judgeLeakTrend(exampleRun(leaking))])
      expect(assessment).toMatchObject({ verdict: 'inconclusive', reason: run.memoryGrowsByDesign })
  })

  test('a run that does not grow passes all the same', () => {
    expect(judgeVramDelta(exampleRun({ run }), gibibytes(0.5))).toMatchObject({ verdict: 'pass' })
  })
})

describe('TTFT', () => {
  test('passes below the limit and fails above it', () => {
    expect(judgeTtft(exampleRun(), seconds(2), 95)).toMatchObject({ verdict: 'pass', n: 264 })
    expect(judgeTtft(exampleRun(), milliseconds(90), 95)).toMatchObject({ verdict: 'fail' })
  })

  test('p95 needs 130 requests', () => {
    const short = exampleRun({ chunkSeconds: [[3, 3]] })
    expect(judgeTtft(short, seconds(2), 95)).toMatchObject({ verdict: 'inconclusive', measured: null })
  })
})

describe('crashes', () => {
  test('passes without any, also when requests failed for other reasons', () => {
    expect(judgeCrashes(exampleRun())).toMatchObject({ verdict: 'pass' })
    expect(judgeCrashes(exampleRun({ failedPerChunk: 1 }))).toMatchObject({ verdict: 'pass' })
  })

  test('fails on cut connections and on out-of-memory messages', () => {
    const cut = exampleRun({ failedPerChunk: 1, failure: 'connection-reset' })
    expect(judgeCrashes(cut)).toMatchObject({ verdict: 'fail', measured: { value: 12 } })
    const dead = exampleRun({ logErrors: ['the process of model x ended on its own, exit code 137'] })
    expect(judgeCrashes(dead)).toMatchObject({ verdict: 'fail' })
    const starved = exampleRun({ logErrors: ['cudaMalloc failed: out of memory'] })
    expect(judgeCrashes(starved)).toMatchObject({ verdict: 'fail' })
  })
})

describe('expected throughput', () => {
  test('is not applicable without a figure', () => {
    expect(judgeExpectedThroughput(exampleRun(), null)).toMatchObject({ verdict: 'not applicable' })
  })

  test('passes when it is reached and fails when it is not', () => {
    expect(judgeExpectedThroughput(exampleRun(), 14)).toMatchObject({ verdict: 'pass' })
    expect(judgeExpectedThroughput(exampleRun(), 16)).toMatchObject({ verdict: 'fail' })
  })
})

describe('projection', () => {
  test('passes when memory is level, with the time it would take', () => {
    const assessment = judgeProjection(exampleRun(), 170_000)
    expect(assessment).toMatchObject({ verdict: 'pass' })
    expect(assessment).toHaveProperty('line', expect.stringContaining('170,000 requests would take 3.2 h'))
  })

  test('fails when a leak would fill the memory on the way', () => {
    const leaking = exampleRun({ memoryAfter: chunk => (4096 + 38 * (chunk + 1)) * MIB })
    expect(judgeProjection(leaking, 170_000)).toMatchObject({ verdict: 'fail' })
  })
})

describe('culprits', () => {
  const calm = { strays: [], otherConnections: measured(0), diskBytesPerSecond: measured(1000) }
  const adviceWith = (surroundings: object, changes = {}) =>
    judgeSuccessRate(
      exampleRun({ failedPerChunk: 1, ...changes, run: { surroundings: { ...calm, ...surroundings } } }),
      percent(100),
    ).advice.join('\n')

  test.for([
    ['stray engines', { strays: ['77 ollama serve'] }, 'other engines or clients run here: 77 ollama serve'],
    ['other clients', { otherConnections: measured(3) }, '3 connections to the engine are not ours'],
    ['busy disks', { diskBytesPerSecond: measured(200 * MIB) }, 'the disks moved 0.20 GiB a second'],
  ] as const)('a failure names %s', ([, surroundings, words]) => {
    expect(adviceWith(surroundings)).toContain(words)
    expect(adviceWith({})).not.toContain(words)
  })

  test('a failure names what else took the CPU, and what the engine logged', () => {
    expect(adviceWith({}, { disturbance: () => ({ foreignCpu: measured(0.3) }) })).toContain(
      'other processes took 30.0 %',
    )
    expect(adviceWith({}, { logErrors: ['error: slot unavailable'] })).toContain('the last: error: slot unavailable')
  })

  test('a pass names nothing', () => {
    expect(judgeSuccessRate(exampleRun(), percent(100)).advice).toEqual([])
  })
})
