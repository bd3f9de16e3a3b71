import { expect, test } from 'vitest'
import { llamaServerRecipe } from '../../engines/llama-server/start-llama-server.ts'
import type { TunedEngine } from '../tuning-row.ts'
import { rowsFor } from './index.ts'

const engines: readonly TunedEngine[] = ['embedded', 'llama-server', 'ollama', 'vllm']

test.for(engines)('the rows of %s: the baseline first, every id once, equivalents and conflicts by id', engine => {
  const rows = rowsFor(engine)
  const ids = rows.map(({ id }) => id)
  expect(ids[0]).toBe('baseline')
  expect(new Set(ids).size).toBe(ids.length)
  for (const { id, insteadOf, conflicts, title, expected } of rows) {
    expect(id).toMatch(/^[a-z0-9-]+$/)
    expect(title).not.toBe('')
    expect(expected).not.toBe('')
    if (insteadOf !== null) expect(ids).toContain(insteadOf)
    // Others are flags, or words.
    for (const other of conflicts) if (/^[a-z][a-z0-9-]*$/.test(other)) expect(ids).toContain(other)
    expect(conflicts).not.toContain(id)
  }
})

test.for(['embedded', 'llama-server'] as const)('a row of %s says all that it has, and no two say the same', engine => {
  const changes = rowsFor(engine).map(({ change }) => JSON.stringify(change))
  expect(new Set(changes).size).toBe(changes.length)
  for (const { change } of rowsFor(engine)) {
    expect(Object.keys(change.settings).toSorted()).toEqual(['flashAttention', 'kvCacheType', 'prefixCache'])
    const isQuantised = change.settings.kvCacheType !== 'f16'
    if (isQuantised) expect(change.settings.flashAttention).toBe(true)
  }
})

test("llama-server's arguments come after the suite's own, which they replace", () => {
  const row = rowsFor('llama-server').find(({ id }) => id === 'prompt-cache')
  const { arguments: own } = llamaServerRecipe(
    { name: 'm', path: '/m.gguf', bytes: 1 },
    { contextTokens: 256, slots: 1 },
  )
  const words = [...own({ host: '127.0.0.1', port: 1, path: local => local }), ...(row?.change.arguments ?? [])]
  expect(words.lastIndexOf('--cache-ram')).toBeGreaterThan(words.indexOf('--cache-ram'))
  expect(words.at(words.lastIndexOf('--cache-ram') + 1)).toBe('2048')
})
