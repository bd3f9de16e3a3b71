import { expect, test } from 'vitest'
import type { Evidence } from '../question.ts'
import { nothing } from './evidence-for-tests.ts'
import { s8 } from './s8-memory-sharing.ts'

const numbers: Evidence = {
  ...nothing,
  metric: id => {
    if (id === '003.isolation.servers-memory')
      return { id, unit: 'ratio', value: 1.5, details: ['0.30 GiB against 0.20 GiB'], scale: 16 }
    return id === '000.memory.shared-by-instances' ? { id, unit: 'ratio', value: 0.62, scale: 16 } : null
  },
}

test('answers with both numbers, and says on what size', () => {
  expect(s8.answer(numbers)).toEqual({
    state: 'answered',
    answer:
      'As many servers with a model each take 1.50 times the memory of one server with all of them (0.30 GiB against 0.20 GiB). ' +
      'A second instance of the same file need not hold 62.0 % of it again.',
    evidence: ['003.isolation.servers-memory', '000.memory.shared-by-instances'],
    caveats: ['measured with models of 1/16 of their size: processes weigh more than with whole ones'],
  })
})

test('is open with the reason of the run, or the command', () => {
  expect(s8.answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
  const reason = { ...nothing, reason: () => 'the server is not ours' }
  expect(s8.answer(reason)).toEqual({ state: 'open', needs: 'the server is not ours' })
})
