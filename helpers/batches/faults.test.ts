import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { EngineCrashedError } from '../errors.ts'
import { absent } from '../measured.ts'
import { type FaultServer, type SettingsChange, startFaultServer } from '../testing/fault-server/index.ts'
import { measureFaultServer } from '../testing/measure-fault-server.ts'
import { gibibytes, percent } from '../units.ts'
import {
  type Assessment,
  judgeCrashes,
  judgeDegradation,
  judgeLeakTrend,
  judgeResidency,
  judgeSuccessRate,
  judgeThroughputVariance,
  judgeVramDelta,
} from '../verdicts/index.ts'
import type { BatchRun } from './batch-run.ts'

/**
 * Which criteria turn red for which fault, on a server whose faults are known because it makes them: the table of
 * docs/specs.md. Four batches of five chunks of twelve requests; at 1.2 s a chunk a batch is long enough for a statement.
 */
const plan = {
  batches: 4,
  requestsPerBatch: 60,
  chunk: 12,
  promptTokens: 16,
  outputTokens: 11,
  pauseMs: 0,
  isExact: true,
}
const pace = { ttftMs: 250, tokensPerSecond: 10, slots: plan.chunk }
const requests = plan.batches * plan.requestsPerBatch
/** As the server counts, the four chunks of warm-up included. */
const afterTwoBatches = 4 * plan.chunk + 2 * plan.requestsPerBatch

interface Fault {
  name: string
  settings?: SettingsChange
  /** Done at the end of every batch, counted from 1. */
  afterBatch?: (server: FaultServer, batch: number) => Promise<void>
  red: Criterion[]
}

type Criterion = keyof ReturnType<typeof judgeAll>

const judgeAll = (run: BatchRun) => ({
  'success-rate': judgeSuccessRate(run, percent(100)),
  'no-crash': judgeCrashes(run),
  'stays-loaded': judgeResidency(run),
  'vram-delta': judgeVramDelta(run, gibibytes(0.5)),
  'no-leak-trend': judgeLeakTrend(run),
  'throughput-variance': judgeThroughputVariance(run, percent(10)),
  'no-degradation': judgeDegradation(run, percent(10)),
})

const slowedBy = (batch: number) => 1.15 ** batch

const faults: Fault[] = [
  { name: 'healthy', red: [] },
  {
    name: 'leaking 1 GiB over the run',
    settings: { leakBytesPerRequest: 2 ** 30 / requests },
    red: ['vram-delta', 'no-leak-trend'],
  },
  {
    name: 'leaking 64 MiB over the run',
    settings: { leakBytesPerRequest: 2 ** 26 / requests },
    red: ['no-leak-trend'],
  },
  {
    name: 'slower by 15 % with every batch',
    afterBatch: (server, batch) =>
      server.set({ ttftMs: pace.ttftMs * slowedBy(batch), tokensPerSecond: pace.tokensPerSecond / slowedBy(batch) }),
    red: ['throughput-variance', 'no-degradation'],
  },
  {
    name: 'reloading its model after the second batch, 3 s',
    settings: { reload: { everyRequests: afterTwoBatches, pauseMs: 3000 } },
    red: ['stays-loaded', 'throughput-variance'],
  },
  {
    name: 'reloading its model after the second batch, at once',
    settings: { reload: { everyRequests: afterTwoBatches, pauseMs: 0 } },
    red: ['stays-loaded'],
  },
  { name: 'failing one request in 50', settings: { fault: { kind: 'http-500', every: 50 } }, red: ['success-rate'] },
]

// All at once: their times are the server's timers and not the CPU's, so they do not disturb each other.
const runs = new Map<string, Promise<BatchRun>>()

beforeAll(() => {
  for (const fault of faults) runs.set(fault.name, measure(fault))
})

describe.for(faults)('a server that is $name', ({ name, red }) => {
  test(`turns red: ${red.join(', ') || 'nothing'}`, { timeout: 180_000 }, async () => {
    const run = await runs.get(name)
    if (!run) return expect.unreachable('it was not measured')
    const assessments = judgeAll(run)
    const words = Object.fromEntries(
      Object.entries(assessments).map(([criterion, assessment]) => [criterion, word(assessment)]),
    )
    const text = Object.values(assessments).map(textOf).join('\n')
    // A criterion that compares batches may be inconclusive on a machine that does other things too; red it must not be.
    const isRed = Object.keys(words).filter(criterion => words[criterion] === 'fail')
    expect(isRed.toSorted(), text).toEqual(red.toSorted())
    for (const criterion of ['success-rate', 'no-crash', 'stays-loaded', 'vram-delta'] as const)
      expect(words[criterion], text).toBe(red.includes(criterion) ? 'fail' : 'pass')
  })
})

const word = (assessment: Assessment) => assessment.verdict

const textOf = (assessment: Assessment) =>
  `${assessment.id}: ${assessment.verdict} ${assessment.measured === null ? '' : assessment.line} ${assessment.reason}`

async function measure({ settings, afterBatch }: Fault): Promise<BatchRun> {
  await using server = await startFaultServer({ ...pace, ...settings })
  const directory = await mkdtemp(join(tmpdir(), 'faults-'))
  try {
    const run = await measureFaultServer(server, {
      plan,
      directory,
      onProgress: ({ done }) => {
        if (done % plan.requestsPerBatch === 0) void afterBatch?.(server, done / plan.requestsPerBatch)
      },
    })
    // Other work on the machine that runs this test is not what it is about.
    const unknown = absent('left out')
    const calm = { foreignCpu: unknown, steal: unknown, foreignSwapBytes: unknown, throttled: unknown }
    return { ...run, batches: run.batches.map(batch => ({ ...batch, disturbance: calm })) }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

test('a server that dies under load has crashed: a failure of the engine, not of the measurement', async () => {
  await using server = await startFaultServer(pace)
  const directory = await mkdtemp(join(tmpdir(), 'faults-'))
  const run = measureFaultServer(server, {
    plan: { ...plan, batches: 1, requestsPerBatch: 24 },
    directory,
    onProgress: ({ done }) => {
      if (done === plan.chunk) void server.crash()
    },
  })
  await expect(run).rejects.toThrow(EngineCrashedError)
  await rm(directory, { recursive: true, force: true })
})
