import { expect, test } from 'vitest'
import { brainFloatBits, halfFloatBits } from './half-float.ts'

/** From IEEE 754's binary16 and its usual tables of examples. */
test.for([
  [0, 0x0000],
  [1, 0x3c00],
  [-2, 0xc000],
  [0.333251953125, 0x3555],
  [65504, 0x7bff],
  [0.00006103515625, 0x0400],
  // Nearest, and carried into the exponent.
  [1.0004, 0x3c00],
  [1.0006, 0x3c01],
  [1.9999, 0x4000],
  // Out of range.
  [1e6, 0x7bff],
  [-1e6, 0xfbff],
  [1e-9, 0x0000],
] as const)('%d is %i', ([value, bits]) => {
  expect(halfFloatBits(value)).toBe(bits)
})

/** The upper halves of IEEE 754's binary32, rounded. */
test.for([
  [0, 0x0000],
  [1, 0x3f80],
  [-2, 0xc000],
  [Math.PI, 0x4049],
  // Nearest, and carried into the exponent.
  [1.003, 0x3f80],
  [1.004, 0x3f81],
  [1.999, 0x4000],
] as const)('%d is %i as a brain float', ([value, bits]) => {
  expect(brainFloatBits(value)).toBe(bits)
})
