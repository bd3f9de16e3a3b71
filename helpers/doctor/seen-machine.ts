import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism, cpus, devNull, totalmem } from 'node:os'
import { dirname, resolve } from 'node:path'
import { type HardwareIdentity, hardwareIdentity } from '../baselines/index.ts'
import { memoryController } from '../cage/index.ts'
import { modelStorage } from '../fixtures/choose-model.ts'
import {
  availableMemory,
  type DiskKind,
  diskKind,
  type SwapConfiguration,
  swapConfiguration,
} from '../machine/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import type { PerfOptions } from '../options/index.ts'
import { type Metric, startSampler } from '../sampling/index.ts'
import { type Deadline, within } from './within.ts'

/** Room in a folder that is there, or will be made. */
export interface SeenFolder {
  path: string
  freeBytes: Measured
  disk: Measured<DiskKind>
}

export interface SeenMachine {
  /** As Node names it, for where the inventory gives no answer. */
  processor: { model: string; cores: number }
  hardware: Measured<HardwareIdentity>
  memory: { totalBytes: number; availableBytes: number }
  swap: Measured<SwapConfiguration>
  models: SeenFolder
  results: SeenFolder
  /** One reading of everything that a run samples; absent where there was none at all. */
  reading: Measured<Record<Metric, Measured>>
  /** Whether a process may switch swap on and make memory groups, as the paging study does. */
  pagingRights: Measured<void>
}

/** Looks at the machine. Nothing is changed. */
export async function lookAtMachine(
  { output, hardware }: Pick<PerfOptions, 'output' | 'hardware'>,
  deadline: Deadline,
): Promise<SeenMachine> {
  const [identity, reading, models, results] = await Promise.all([
    within(deadline, 'the inventory of the hardware', hardwareIdentity({ override: hardware })),
    within(deadline, 'the sampler', oneReading()),
    lookAtFolder(modelStorage.directory),
    lookAtFolder(output),
  ])
  return {
    processor: { model: cpus()[0]?.model ?? 'unknown', cores: availableParallelism() },
    hardware: identity,
    memory: { totalBytes: totalmem(), availableBytes: availableMemory() },
    swap: swapConfiguration(),
    models,
    results,
    reading,
    pagingRights: pagingRights(),
  }
}

/** Its samples are not kept. */
async function oneReading(): Promise<Record<Metric, Measured>> {
  await using sampler = await startSampler({ seriesFile: devNull, suiteRoot: process.pid })
  return (await sampler.read()).metrics
}

async function lookAtFolder(path: string): Promise<SeenFolder> {
  let there = resolve(path)
  while (!existsSync(there)) there = dirname(there)
  const { bavail, bsize } = await statfs(there)
  return { path, freeBytes: measured(bavail * bsize), disk: diskKind(there) }
}

/** By what switching swap on and opening a cage ask for first. */
function pagingRights(): Measured<void> {
  if (process.platform !== 'linux') return absent('swap is switched on and off on Linux only')
  if (process.getuid?.() !== 0) return absent('switching swap on takes root')
  const controller = memoryController()
  return controller.state === 'measured' ? measured(undefined) : controller
}
