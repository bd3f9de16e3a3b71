import type { Engine } from '../engines/engine.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { establishedConnections, strayProcesses } from '../processes/index.ts'
import type { Sampler } from '../sampling/index.ts'
import type { LoadPath } from './load-path.ts'

/** What else happened on the machine during a run: where to look when a criterion fails. */
export interface Surroundings {
  /** Other engines and load clients that run here. */
  strays: string[]
  /** Connections on the engine's port beyond those of our own client. */
  otherConnections: Measured
  /** Read and written by anyone, on all disks. */
  diskBytesPerSecond: Measured
}

/** Looks around, at the end of a run while its client is still connected. */
export async function surroundingsOf(
  engine: Engine,
  sampler: Sampler,
  { path, fromMs, toMs }: { path: Pick<LoadPath, 'connections' | 'companions'>; fromMs: number; toMs: number },
): Promise<Surroundings> {
  const roots = await engine.processRoots()
  const connections: Measured =
    roots.state === 'absent' ? roots : establishedConnections(Number(new URL(engine.identity.url).port))
  const read = await sampler.window('diskReadBytes', fromMs, toMs)
  const written = await sampler.window('diskWriteBytes', fromMs, toMs)
  return {
    strays: strayProcesses({ exclude: [...path.companions, ...(roots.state === 'measured' ? roots.value : [])] }).map(
      ({ pid, command }) => `${pid} ${command.slice(0, 60)}`,
    ),
    otherConnections: difference(connections, path.connections),
    diskBytesPerSecond:
      read.state === 'measured' && written.state === 'measured'
        ? measured((1000 * (read.value.delta + written.value.delta)) / (toMs - fromMs))
        : absent('the disks of this machine cannot be seen'),
  }
}

function difference(all: Measured, own: Measured): Measured {
  if (all.state === 'absent') return all
  return own.state === 'absent' ? own : measured(Math.max(0, all.value - own.value))
}
