import type { BatchConfiguration } from '../configurations/index.ts'

/** What of a cluster decides how many engines it can hold. */
export interface ClusterRoom {
  cpus: number
  gpus: number
  /** That Ray gives out. */
  memoryBytes: number
}

/** What one replica of the engine takes. */
export interface ReplicaNeeds {
  /** GPUs on a cluster that has some. */
  gpus: number
  /** Host memory on one without. */
  memoryBytes: number
}

export interface Spread {
  /** Engines, each a vLLM with weights of its own. */
  replicas: number
  /** Batches that each replica works on at once. */
  batchesInFlight: number
  /** What differs from what was asked for; null for nothing. */
  remark: string | null
}

/** An engine on the CPU gets so many of a cluster's CPUs; a local Ray says that it has 8 where there are fewer. */
const CPUS_PER_REPLICA = 4

/**
 * Plan 002's concurrency on a cluster. Read as replicas, they are as many as the cluster has room for, and what is missing is
 * made up by batches in flight at each, so that requests outstanding are batch size × concurrency, or a few more where the
 * concurrency is no multiple of the replicas. Read as batches in flight, one replica has all of them.
 */
export function spreadConcurrency(
  { inference: { concurrency } }: Pick<BatchConfiguration, 'inference'>,
  reading: 'replicas' | 'batches-in-flight',
  room: ClusterRoom,
  needs: ReplicaNeeds,
): Spread {
  const replicas = reading === 'replicas' ? Math.min(concurrency, roomFor(room, needs)) : 1
  const batchesInFlight = Math.ceil(concurrency / replicas)
  if (reading === 'batches-in-flight' || replicas === concurrency) return { replicas, batchesInFlight, remark: null }
  const engines = replicas === 1 ? '1 replica' : `${replicas} replicas`
  return {
    replicas,
    batchesInFlight,
    remark: `${engines} instead of ${concurrency}, with ${batchesInFlight} batches in flight at each: ${roomInWords(room, needs)}`,
  }
}

/** At least one: whether that one fits is the cluster's to say. */
function roomFor(room: ClusterRoom, needs: ReplicaNeeds): number {
  if (room.gpus > 0) return Math.max(1, Math.floor(room.gpus / needs.gpus))
  return Math.max(
    1,
    Math.min(Math.floor(room.cpus / CPUS_PER_REPLICA), Math.floor(room.memoryBytes / needs.memoryBytes)),
  )
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

const roomInWords = (room: ClusterRoom, needs: ReplicaNeeds): string =>
  room.gpus > 0
    ? `the cluster has ${room.gpus} GPUs, and a replica takes ${needs.gpus}`
    : `the cluster has no GPU, ${room.cpus} CPUs and ${gib(room.memoryBytes)} of memory, and a replica takes ${CPUS_PER_REPLICA} CPUs and ${gib(needs.memoryBytes)}`
