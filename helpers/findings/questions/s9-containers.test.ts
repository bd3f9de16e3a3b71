import { expect, test } from 'vitest'
import type { Evidence } from '../question.ts'
import { nothing } from './evidence-for-tests.ts'
import { s9 } from './s9-containers.ts'

const values: Record<string, { value: number; interval?: [number, number] }> = {
  '003.isolation.container-memory': { value: 1.1 },
  '003.isolation.container-load-time': { value: 2 },
  '003.isolation.container-tpot': { value: 1, interval: [0.98, 1.03] },
}

test('answers with memory, load time and speed', () => {
  const metric: Evidence['metric'] = id => {
    const found = values[id]
    return found ? { id, unit: 'ratio', ...found } : null
  }
  expect(s9.answer({ ...nothing, metric })).toEqual({
    state: 'answered',
    answer:
      'Against a process of the same engine, a container takes 1.10 times the memory, ' +
      '2.00 times the time until the model answers, 1.00 [0.98, 1.03] times the time per output token.',
    evidence: Object.keys(values),
    caveats: ['one load each: its time has no interval'],
  })
})

test('is open with the reason of the run, or the command', () => {
  expect(s9.answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('PERF_ENGINE=llama-server') })
  expect(s9.answer({ ...nothing, reason: () => 'no Docker' })).toEqual({ state: 'open', needs: 'no Docker' })
})
