import { expect, test } from 'vitest'
import recorded from './ray-2.60.0.data.json' with { type: 'json' }
import { replicasAmong } from './replicas.ts'
import {
  actorsSchema,
  clusterStatusSchema,
  deathInWords,
  demandsInWords,
  neverGiven,
  nodesSchema,
  resourcesInWords,
  totalOf,
} from './state.ts'

const nodes = nodesSchema.parse(recorded.nodes)

test('what the cluster has, without marks and stores', () => {
  expect(resourcesInWords(totalOf(nodes))).toBe('8 CPU, 21.9 GiB memory')
  expect(totalOf([...nodes, ...nodes.map(node => ({ ...node, state: 'DEAD' }))]).CPU).toBe(8)
  expect(resourcesInWords(totalOf([]))).toBe('nothing')
})

test('a GPU is waited for that no node has', () => {
  const demands = clusterStatusSchema.parse(recorded.clusterStatus.waitsForGpu)
  expect(neverGiven(demands, nodes)).toEqual([{ GPU: 1 }])
  expect(neverGiven([{ CPU: 8 }, { CPU: 9 }], nodes)).toEqual([{ CPU: 9 }])
  expect(demandsInWords([...demands, { CPU: 1 }, { CPU: 1 }])).toBe('1 × (1 GPU) and 2 × (1 CPU)')
})

test('the bundles of a placement group are waited for one by one', () => {
  const { data, ...rest } = recorded.clusterStatus.waitsForGpu
  const bundles = [[{ CPU: 1, GPU: 1 }, 2]]
  const loadMetricsReport = { resourceDemand: [], pgDemand: [[{ strategy: 'PACK', bundles }, 2]] }
  const status = { ...rest, data: { ...data, clusterStatus: { loadMetricsReport } } }
  expect(demandsInWords(clusterStatusSchema.parse(status))).toBe('4 × (1 CPU, 1 GPU)')
})

test('why an actor died', () => {
  const [supervisor] = actorsSchema.parse(recorded.actors.supervisor)
  expect(supervisor && deathInWords(supervisor)).toMatch(/^The actor is dead because its worker process has died/)
  expect(deathInWords({ death_cause: null })).toBeNull()
})

const engine = { class_name: 'MapWorker(MapBatches(vLLMEngineStageUDF))', num_restarts: 0, death_cause: null }

test.for([
  ['without a place', { state: 'PENDING_CREATION', node_id: null, pid: 0 }],
  ['starting', { state: 'PENDING_CREATION', node_id: null, pid: 27590 }],
  ['up', { state: 'ALIVE', node_id: '3c', pid: 27590 }],
  ['ended', { state: 'DEAD', node_id: '3c', pid: 27590 }],
] as const)('an engine that is %s', ([state, seen]) => {
  expect(replicasAmong([{ ...engine, ...seen }])).toMatchObject([{ state }])
})

test('actors of other stages are no engines', () => {
  const other = { ...engine, class_name: 'MapWorker(MapBatches(ChatTemplateUDF))', state: 'ALIVE' }
  expect(replicasAmong([other])).toEqual([])
})
