import type { Engine } from '../engines/engine.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { strangersConnections, strayProcesses } from '../processes/index.ts'
import type { Sampler } from '../sampling/index.ts'
import type { LoadPath } from './load-path.ts'

/** What else happened on the machine during a run: where to look when a criterion fails. */
export interface Surroundings {
  /** Other engines and load clients that run here. */
  strays: string[]
  /** Connections on the engine's port that neither this process nor a companion of it holds. */
  otherConnections: Measured
  /** Read and written by anyone, on all disks. */
  diskBytesPerSecond: Measured
}

/** Looks around, at the end of a run. */
export async function surroundingsOf(
  engine: Engine,
  sampler: Sampler,
  { path, fromMs, toMs }: { path: Pick<LoadPath, 'connectsElsewhere' | 'companions'>; fromMs: number; toMs: number },
): Promise<Surroundings> {
  const roots = await engine.processRoots()
  const read = await sampler.window('diskReadBytes', fromMs, toMs)
  const written = await sampler.window('diskWriteBytes', fromMs, toMs)
  return {
    strays: strayProcesses({ exclude: [...path.companions, ...(roots.state === 'measured' ? roots.value : [])] }).map(
      ({ pid, command }) => `${pid} ${command.slice(0, 60)}`,
    ),
    otherConnections: strangersOf(engine, roots, path),
    diskBytesPerSecond:
      read.state === 'measured' && written.state === 'measured'
        ? measured((1000 * (read.value.delta + written.value.delta)) / (toMs - fromMs))
        : absent('the disks of this machine cannot be seen'),
  }
}

function strangersOf(
  engine: Engine,
  roots: Measured<number[]>,
  { connectsElsewhere, companions }: Pick<LoadPath, 'connectsElsewhere' | 'companions'>,
): Measured {
  if (roots.state === 'absent') return roots
  if (connectsElsewhere !== null && companions.length === 0) return absent(connectsElsewhere)
  return strangersConnections(Number(new URL(engine.identity.url).port), [process.pid, ...companions])
}
