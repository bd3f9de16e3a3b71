import { deathInWords, type RayActor } from './state.ts'

/** An engine of a job: the actor of Ray Data that has vLLM in it. */
export interface Replica {
  state: 'without a place' | 'starting' | 'up' | 'ended'
  nodeId: string | null
  /** Of the actor's process, which has vLLM's as its children; null before it has a place. */
  pid: number | null
  restarts: number
  /** Ray's words for its end. */
  death: string | null
}

/** By the name that Ray Data 2.60 gives them: `MapWorker(MapBatches(vLLMEngineStageUDF))`. */
export const replicasAmong = (actors: readonly RayActor[]): Replica[] =>
  actors.filter(({ class_name }) => /vLLMEngineStage/.test(class_name)).map(replica)

const replica = (actor: RayActor): Replica => ({
  state: stateOf(actor),
  nodeId: actor.node_id ?? null,
  pid: actor.pid === 0 ? null : (actor.pid ?? null),
  restarts: actor.num_restarts ?? 0,
  death: deathInWords(actor),
})

function stateOf({ state, pid }: RayActor): Replica['state'] {
  if (state === 'ALIVE') return 'up'
  if (state === 'DEAD') return 'ended'
  // It gets a process with its place, and its node is told when its constructor is through, in which the engine starts.
  return pid === 0 || pid === null || pid === undefined ? 'without a place' : 'starting'
}
