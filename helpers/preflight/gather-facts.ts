import { statfs } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { monotonicMs } from '../clock.ts'
import type { Engine, ModelFile } from '../engines/engine.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { strayProcesses } from '../processes/index.ts'
import { freeMemory, memoryDomain, type Sampler } from '../sampling/index.ts'
import type { PreflightFacts } from './preflight.ts'

/** Between the two looks at memory: long enough for a garbage collector or an unloading model to move it. */
const BETWEEN_LOOKS_MS = 500

export interface PreflightSubject {
  engine: Engine
  sampler: Sampler
  model: ModelFile
  /** Where records and results go. */
  directory: string
  /** Disk that the run may need there. */
  diskBytes: number
  /** Lines of the user's batch file; null without one. */
  input: { path: string; lines: number } | null
  /** Process ids of the suite itself. */
  ownPids: number[]
}

/** Looks at everything once; changes nothing. */
export async function gatherPreflightFacts(subject: PreflightSubject): Promise<PreflightFacts> {
  const { engine, model, directory, diskBytes, input } = subject
  const beganMs = monotonicMs()
  const models = await engine.models().then(measured, error => absent(`no answer: ${error.message}`))
  const answerMs = models.state === 'measured' ? measured(monotonicMs() - beganMs) : models
  const available = models.state === 'measured' ? models.value.map(({ name }) => name) : []
  const roots = await engine.processRoots()
  return {
    answerMs,
    // An engine that we give files to has the model as soon as its file exists.
    model: { wanted: model.name, present: model.path !== '' || available.includes(model.name), available },
    memory: await memoryTwice(subject),
    strays: strayProcesses({ exclude: [...subject.ownPids, ...(roots.state === 'measured' ? roots.value : [])] }),
    disk: { path: directory, freeBytes: await freeDisk(directory), neededBytes: diskBytes },
    inFlight: await inFlight(engine),
    input: input === null ? { state: 'none' } : { state: 'valid', ...input },
  }
}

async function memoryTwice({ sampler, model }: PreflightSubject): Promise<PreflightFacts['memory']> {
  const first = await sampler.read()
  const domain = memoryDomain(first)
  if (domain.state === 'absent') return domain
  await wait(BETWEEN_LOOKS_MS)
  const second = await sampler.read()
  const [a, b, free] = [
    first.metrics[domain.value.metric],
    second.metrics[domain.value.metric],
    freeMemory(second, domain.value.metric),
  ]
  if (a.state === 'absent') return a
  if (b.state === 'absent') return b
  if (free.state === 'absent') return free
  return measured({ firstBytes: a.value, secondBytes: b.value, freeBytes: free.value, neededBytes: model.bytes })
}

async function freeDisk(path: string): Promise<Measured> {
  const disk = await statfs(path).catch(error => absent(`${path}: ${error.message}`))
  return 'state' in disk ? disk : measured(disk.bavail * disk.bsize)
}

async function inFlight(engine: Engine): Promise<Measured> {
  const { running, waiting } = await engine.queue()
  if (running.state === 'absent') return running
  return measured(running.value + (waiting.state === 'measured' ? waiting.value : 0))
}
