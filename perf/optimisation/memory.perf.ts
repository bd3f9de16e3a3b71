import { describe } from 'vitest'
import { expect, test as perfTest, sizes } from '../../helpers/index.ts'
import { measureMemory } from './memory-study.ts'

const plan = sizes({
  full: { contextTokens: 8192, slots: 4, promptTokens: 4096, outputTokens: 8 },
  standard: { contextTokens: 8192, slots: 4, promptTokens: 2048, outputTokens: 8 },
  quick: { contextTokens: 1024, slots: 4, promptTokens: 256, outputTokens: 8 },
})

const test = perfTest.extend('memory', { scope: 'file' }, ({ lab }) =>
  lab.study('000.memory', () => measureMemory(lab, plan)),
)

describe('000 · memory optimisation', () => {
  test('4-bit weights take less memory than 16-bit ones', ({ memory }) => {
    expect(memory.savingOf4Bit).toBeMeasured()
  })

  test('8-bit weights take less memory than 16-bit ones', ({ memory }) => {
    expect(memory.savingOf8Bit).toBeMeasured()
  })

  test('an 8-bit KV cache takes less memory than a 16-bit one', ({ memory }) => {
    expect(memory.savingOf8BitKv).toBeMeasured()
  })

  test('instances of a model share its weights', ({ memory }) => {
    expect(memory.sharedByInstances).toBeMeasured()
  })

  test('what each instance has for itself', ({ memory }) => {
    expect(memory.perInstance).toBeMeasured()
  })

  test('a tokenizer for all', ({ memory }) => {
    expect(memory.sharedTokenizers).toBeMeasured()
  })

  test('buffers are used again', ({ memory }) => {
    expect(memory.notReused).toBeMeasured()
  })

  test('memory of activations', ({ memory }) => {
    expect(memory.activation).toBeMeasured()
  })
})
