import { expect, test } from 'vitest'
import { MemoryBlock } from './memory-block.ts'

const MIB = 2 ** 20

test.for([1, 4])('grows by a MiB at most to what is asked for, in pieces of %i MiB', pieceMib => {
  const block = new MemoryBlock(pieceMib * MIB)
  const wanted = 2.5 * MIB
  let steps = 0
  for (; block.bytes < wanted; steps++) block.grow(wanted - block.bytes)
  expect(block.bytes).toBe(wanted)
  expect(steps).toBe(3)
})

test('touching its parts touches all of it, each page once, and no page beyond', () => {
  const block = new MemoryBlock(2 * MIB)
  while (block.bytes < 5 * MIB) block.grow(5 * MIB - block.bytes)
  const parts = [0, 1, 2].map(part => block.touch(part, 3))
  expect(parts.every(sum => sum > 0)).toBe(true)
  expect(parts.reduce((sum, part) => sum + part, 0)).toBe(block.touch())
})
