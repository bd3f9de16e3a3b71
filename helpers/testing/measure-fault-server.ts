import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import {
  type BatchMeasurement,
  type BatchPlan,
  type BatchRun,
  measureBatches,
  type Progress,
} from '../batches/index.ts'
import { attachLlamaServer } from '../engines/index.ts'
import { syntheticWorkload } from '../load/index.ts'
import { measured } from '../measured.ts'
import { startSampler } from '../sampling/index.ts'
import type { FaultServer } from './fault-server/index.ts'

export interface FaultMeasurement {
  plan: BatchPlan
  /** Where records and series go. */
  directory: string
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
  openPath?: BatchMeasurement['openPath']
}

/** What `load.batches()` does, on a server that misbehaves on demand. */
export async function measureFaultServer(
  server: FaultServer,
  { plan, directory, signal = new AbortController().signal, onProgress = () => {}, openPath }: FaultMeasurement,
): Promise<BatchRun> {
  await using engine = await attachLlamaServer({ url: server.origin, pid: server.pid })
  await using sampler = await startSampler({
    seriesFile: join(directory, 'series.jsonl'),
    suiteRoot: process.ppid,
  })
  await sampler.follow({ roots: await engine.processRoots(), queue: null })
  return await measureBatches({
    id: '001.sequential-batches',
    engine,
    sampler,
    model: { name: 'fault-model', path: '', bytes: 0, scale: 1 },
    loadMs: measured(1000),
    workload: await syntheticWorkload({ ...plan, seed: 1 }),
    plan,
    hardware: 'test',
    cores: availableParallelism(),
    directory,
    signal,
    onProgress,
    ...(openPath === undefined ? {} : { openPath }),
  })
}
