import { expect, test } from 'vitest'
import { finishedBlocks } from './index.ts'

const at = (endMs: number, completionTokens = 4) => ({ endMs, completionTokens })

test('a batch each, in the order of their ends; the last one has what is left', () => {
  expect(finishedBlocks([at(30), at(10, 1), at(20), at(50), at(40)], 2)).toEqual([
    { endMs: 20, requests: 2, completionTokens: 5 },
    { endMs: 40, requests: 2, completionTokens: 8 },
    { endMs: 50, requests: 1, completionTokens: 4 },
  ])
})

test('of nothing none', () => {
  expect(finishedBlocks([], 8)).toEqual([])
})
