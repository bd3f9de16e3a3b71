import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { hardwareIdentity } from '../baselines/index.ts'
import {
  type BatchRun,
  baselineMetrics,
  checkBaseline,
  contextTokensFor,
  measureBatches,
  rememberOrigin,
} from '../batches/index.ts'
import { type Engine, startEmbeddedEngine } from '../engines/index.ts'
import { modelStorage } from '../fixtures/choose-model.ts'
import { syntheticWorkload } from '../load/index.ts'
import { measured } from '../measured.ts'
import { syntheticModel } from '../models/index.ts'
import { startSampler } from '../sampling/index.ts'
import { ratesOf } from '../verdicts/index.ts'
import { slowedEngine } from './slow-proxy/slowed-engine.ts'

/**
 * Can the gate be trusted? Records a baseline of five starts of the embedded engine, holds ten runs of the unchanged
 * engine and ten of one with 20 % more latency against it, and prints each verdict. Takes about ten minutes, on a
 * machine that does nothing else: `node helpers/testing/gate-trial.ts [runs] [latency factor]`.
 */
const runs = Number(process.argv[2] ?? 10)
const factor = Number(process.argv[3] ?? 1.2)
const STARTS = 5

const plan = {
  batches: 3,
  requestsPerBatch: 88,
  chunk: 22,
  promptTokens: 64,
  outputTokens: 16,
  pauseMs: 0,
  isExact: false,
}
const metrics = Object.keys(baselineMetrics) as (keyof typeof baselineMetrics)[]
const root = await mkdtemp(join(tmpdir(), 'gate-trial-'))
const hardware = await hardwareIdentity({ override: null })
const model = {
  ...(await syntheticModel({ model: 'qwen2.5-0.5b', divisor: 16, quantisation: 'q4_0' }, modelStorage)),
  scale: 16,
}

try {
  for (let start = 1; start <= STARTS; start++) {
    await withRun(1, async run => {
      for (const metric of metrics) await checkBaseline(run, metric, { root, update: 'all', hardware })
      console.log(`baseline start ${start}: ${summaryOf(run)}`)
    })
  }
  await series('unchanged', 1)
  await series(`${((factor - 1) * 100).toFixed(0)} % more latency`, factor)
} finally {
  await rm(root, { recursive: true })
}

async function series(name: string, latency: number): Promise<void> {
  const found = Object.fromEntries(
    metrics.map(metric => [metric, { regressed: 0, failed: 0, noChange: 0, inconclusive: 0 }]),
  )
  for (let i = 1; i <= runs; i++) {
    await withRun(latency, async run => {
      console.log(`${name}, run ${i}: ${summaryOf(run)}`)
      for (const metric of metrics) {
        const { assessment } = await checkBaseline(run, metric, { root, update: 'none', hardware })
        const line = assessment.measured === null ? assessment.reason : `${assessment.line} ${assessment.reason}`
        console.log(`  ${metric}: ${assessment.verdict} · ${line}`)
        const counts = found[metric]
        if (!counts) continue
        if (/\bregressed\b/.test(line)) counts.regressed++
        if (assessment.verdict === 'fail') counts.failed++
        if (assessment.verdict === 'inconclusive') counts.inconclusive++
        if (/no change/.test(line)) counts.noChange++
      }
    })
  }
  console.log(`\n${name}, ${runs} runs`)
  console.table(found)
}

async function withRun(latency: number, use: (run: BatchRun) => Promise<void>): Promise<void> {
  const started = await startEmbeddedEngine({})
  let engine = latency === 1 ? started : await slowedEngine(started, latency)
  const directory = await mkdtemp(join(tmpdir(), 'gate-trial-run-'))
  await using sampler = await startSampler({
    seriesFile: join(directory, 'series.jsonl'),
    suiteRoot: process.pid,
  })
  const measure = async (id: string, batches: number): Promise<BatchRun> => {
    await sampler.follow({ roots: await engine.processRoots(), queue: null })
    const { loadMs } = await engine.load(model, { contextTokens: contextTokensFor(plan), slots: plan.chunk })
    const counting: Engine = engine
    const workload = await syntheticWorkload({
      ...plan,
      seed: 1,
      countTokens: text => counting.countTokens(model.name, text),
    })
    return await measureBatches({
      id,
      engine,
      sampler,
      model,
      loadMs: measured(loadMs),
      workload,
      plan: { ...plan, batches },
      hardware: hardware.id,
      cores: availableParallelism(),
      directory,
      signal: new AbortController().signal,
      onProgress: () => {},
    })
  }
  try {
    const run = await measure('001.sequential-batches', plan.batches)
    rememberOrigin(run, {
      engineStartedAt: new Date(),
      measureOnFreshStart: async () => {
        const fresh = await engine.restart()
        if (fresh.state === 'absent') return fresh
        engine = fresh.value
        return measured(await measure('001.sequential-batches.confirmation', 1))
      },
    })
    await use(run)
  } finally {
    await engine.stop()
    await rm(directory, { recursive: true })
  }
}

/** Rates of the batches, and how much the machine did beside them. */
function summaryOf(run: BatchRun): string {
  const foreign = run.batches.map(({ disturbance: { foreignCpu } }) =>
    foreignCpu.state === 'measured' ? (100 * foreignCpu.value).toFixed(0) : '?',
  )
  return `${ratesOf(run)}, foreign CPU ${foreign.join(', ')} %`
}
