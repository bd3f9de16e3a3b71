import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { itemOfCriterion, type PlanItem, planItems, planSpecs } from './index.ts'

const folder = fileURLToPath(new URL('../../perf/', import.meta.url))
const specFiles = globSync('**/*.perf.ts', { cwd: folder }).map(file => file.replace(/\.perf\.ts$/, ''))

test('every spec file belongs to the plans, and every spec of the plans is a file', () => {
  expect(planSpecs.map(({ name }) => name).toSorted()).toEqual(specFiles.toSorted())
})

test('an id is that of one item', () => {
  const ids = planItems.map(({ id }) => id)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
})

/** The rows of the five plans, in their words. */
const rows: Record<string, string[]> = {
  '001': ['sequential-batches', 'extended-stress', 'production-simulation', 'keep-alive', 'batch-api'],
  '000': ['4A', '4B', '4C', 'limit-discovery', 'memory', 'speed', 'concurrency'],
  '003': ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
  '002': ['baseline', 'concurrency', 'large model', 'stress', 'SLA'],
  '004': ['Baseline', 'A', 'B', 'C', 'D', 'E', 'F', 'MAX', '80 GB'],
}

test.for(Object.entries(rows))('plan %s has every row', ([plan, wanted]) => {
  const own = planSpecs.filter(spec => spec.plan === plan).flatMap(({ items }) => items.map(({ row }) => row))
  expect(own).toEqual(expect.arrayContaining(wanted))
})

test('both ways of batch inference have every category', () => {
  for (const way of ['over-http', 'on-ray']) {
    const own = planSpecs.find(({ name }) => name === `batch-inference/${way}`)?.items.map(({ row }) => row)
    expect(own).toEqual(expect.arrayContaining(rows['002'] ?? []))
  }
})

test('an item names models of its spec alone', () => {
  const wrong = planSpecs.flatMap(spec =>
    spec.items.flatMap((item: PlanItem) =>
      (item.models ?? []).filter(model => spec.models.every(each => each.model !== model)),
    ),
  )
  expect(wrong).toEqual([])
})

describe('itemOfCriterion', () => {
  test.for([
    ['001.sequential-batches.vram-delta', '001.sequential-batches'],
    ['001.extended-stress.kv-cache-freed', '001.kv-cache-freed'],
    ['001.production-simulation.preflight-input', '001.own-requests'],
    ['000.large-models.load-time.qwen2.5-7b', '000.large-models.7b-in-60-s'],
    ['000.large-models.load-time.llama-3.1-8b', '000.large-models.loads'],
    ['002.over-http.success.stress-256x8-memory-optimised', '002.over-http.memory-optimised'],
    ['002.over-http.throughput.batch-and-concurrency-after', '002.over-http.batch-and-concurrency'],
    ['004.matrix.ttft-8k.baseline', '004.ttft-8k'],
    ['004.matrix.ttft.a-modern', '004.a'],
  ] as const)('%s belongs to %s', ([criterion, item]) => {
    expect(itemOfCriterion(criterion)?.id).toBe(item)
  })

  test('knows nothing of a spec that is not the plans’', () => {
    expect(itemOfCriterion('mine.evening-load.success-rate')).toBeUndefined()
  })
})
