import { describe, expect, test } from 'vitest'
import { ollamaRows } from './ollama.ts'

const ids = ollamaRows.map(({ id }) => id)

test('ids are unique, and the baseline comes first', () => {
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids[0]).toBe('baseline')
})

test('conflicts are rows, and each is told of both', () => {
  for (const { id, conflicts } of ollamaRows) {
    for (const other of conflicts) {
      expect(ollamaRows.find(row => row.id === other)?.conflicts, `${other} and ${id}`).toContain(id)
    }
  }
})

describe('each row says both variables', () => {
  test.for([
    ['baseline', '', ''],
    ['flash-on', '1', ''],
    ['flash-off', '0', ''],
    ['kv-q8', '1', 'q8_0'],
    ['kv-q4', '1', 'q4_0'],
    ['kv-q8-alone', '', 'q8_0'],
    ['parallel-4', '', ''],
    ['max', '1', 'q8_0'],
  ] as const)('%s', ([id, flashAttention, kvCacheType]) => {
    expect(ollamaRows.find(row => row.id === id)?.change.environment).toEqual({
      OLLAMA_FLASH_ATTENTION: flashAttention,
      OLLAMA_KV_CACHE_TYPE: kvCacheType,
    })
  })
})

test('only rows about parallel requests say how many', () => {
  const said = Object.fromEntries(
    ollamaRows.flatMap(({ id, change }) => (change.slots === null ? [] : [[id, change.slots]])),
  )
  expect(said).toEqual({ 'parallel-2': 2, 'parallel-4': 4, 'parallel-8': 8, max: 8 })
})
