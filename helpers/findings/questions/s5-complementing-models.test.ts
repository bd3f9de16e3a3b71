import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { s5 } from './s5-complementing-models.ts'

const GIB = 2 ** 30
const sizes = (budget: number) => [
  { id: '003.real-world-scenarios.model-bytes.qwen2.5-0.5b', unit: 'bytes' as const, value: 0.9 * GIB },
  { id: '003.real-world-scenarios.model-bytes.qwen2.5-1.5b', unit: 'bytes' as const, value: 2.9 * GIB },
  { id: '003.real-world-scenarios.model-bytes.qwen2.5-3b', unit: 'bytes' as const, value: 2.9 * GIB },
  { id: '003.real-world-scenarios.budget', unit: 'bytes' as const, value: budget },
]

test('who fits beside whom, what a change costs otherwise, and what keeping several is worth', () => {
  const evidence = evidenceOf([
    ...sizes(4.7 * GIB),
    { id: '003.real-world-scenarios.miss-wait.pool', unit: 'ms', value: 1200 },
    { id: '003.real-world-scenarios.hit-rate.pool', unit: 'ratio', value: 0.58 },
    { id: '003.real-world-scenarios.hit-rate.swap-server', unit: 'ratio', value: 0.25 },
  ])
  expect(s5.answer(evidence)).toMatchObject({
    state: 'answered',
    answer:
      'Within 4.70 GiB these serve tasks side by side, without a load between them: ' +
      'qwen2.5-1.5b and qwen2.5-0.5b (3.80 GiB), qwen2.5-3b and qwen2.5-0.5b (3.80 GiB). ' +
      'These do not fit together: qwen2.5-1.5b and qwen2.5-3b (5.80 GiB). ' +
      'A change to a model that is not loaded costs a wait of 1.20 s (median). ' +
      'On the same requests 58.0 % found their model loaded where several are kept, and 25.0 % where one is.',
    evidence: expect.arrayContaining(['003.real-world-scenarios.budget', '003.real-world-scenarios.miss-wait.pool']),
    caveats: ['one machine, one engine', 'capability not measured here'],
  })
})

test('says so where no two fit', () => {
  expect(s5.answer(evidenceOf(sizes(GIB)))).toMatchObject({
    answer: expect.stringContaining('No two of these models fit into 1.00 GiB together.'),
  })
})

test('is open without a budget, with the command', () => {
  expect(s5.answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
})
