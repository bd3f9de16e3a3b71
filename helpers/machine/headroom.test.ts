import { freemem } from 'node:os'
import { expect, test } from 'vitest'
import { absent, measured } from '../measured.ts'
import { availableMemory, headroom, memoryFloor } from './headroom.ts'

const GIB = 2 ** 30
const machine = { availableBytes: 8 * GIB, floorBytes: GIB }

test('an amount, or what is to be left', () => {
  expect(headroom({ takeBytes: 7 * GIB }, machine)).toEqual(measured(7 * GIB))
  expect(headroom({ leaveFreeBytes: 2 * GIB }, machine)).toEqual(measured(6 * GIB))
})

test('refused with the arithmetic where less than the floor would be left', () => {
  const reason = '8.00 GiB of memory are available; less 7.50 GiB that is 0.50 GiB, and at least 1.00 GiB must stay'
  expect(headroom({ takeBytes: 7.5 * GIB }, machine)).toEqual(absent(reason))
  expect(headroom({ leaveFreeBytes: 0.5 * GIB }, machine)).toEqual(absent(reason))
})

test('refused where there is nothing to take', () => {
  expect(headroom({ leaveFreeBytes: 9 * GIB }, machine)).toEqual(
    absent('there is nothing to take: 8.00 GiB of memory are available, and 9.00 GiB are to be left'),
  )
})

test('the floor is a gibibyte, and a twentieth of a large machine', () => {
  expect(memoryFloor(8 * GIB)).toBe(GIB)
  expect(memoryFloor(100 * GIB)).toBe(5 * GIB)
})

test('what is available here is no more than the machine has', () => {
  expect(availableMemory()).toBeGreaterThan(0)
  expect(availableMemory()).toBeLessThanOrEqual(freemem() * 1.1)
})
