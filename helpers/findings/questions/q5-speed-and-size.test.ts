import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { q5 } from './q5-speed-and-size.ts'

const MIB = 2 ** 20

const metrics = (model: string, { weights, decode }: { weights: number; decode: number }) =>
  [
    { id: `000.medium-models.decode-rate.${model}`, unit: 'tokens/s', value: decode, scale: 16 },
    { id: `000.medium-models.prefill-rate.${model}`, unit: 'tokens/s', value: decode * 10, scale: 16 },
    { id: `000.medium-models.memory-used.${model}`, unit: 'bytes', value: (weights + 50) * MIB, scale: 16 },
    { id: `000.medium-models.overhead.${model}`, unit: 'bytes', value: 50 * MIB, scale: 16 },
  ] as const

test('names the rates from the smallest to the largest, and by what they differ', () => {
  const run = evidenceOf([
    ...metrics('large', { weights: 60, decode: 40 }),
    ...metrics('small', { weights: 20, decode: 100 }),
  ])
  const found = q5.answer(run)
  expect(found).toMatchObject({
    state: 'answered',
    answer:
      'small (20.0 MiB) decodes 100 tok/s, prefills 1000 tok/s; large (60.0 MiB) decodes 40.0 tok/s, prefills 400 tok/s. ' +
      'The weights of large are 3.0 times those of small, and it decodes 2.5 times slower.',
    caveats: ['measured on models of 1/16 of their size', 'two models make no curve'],
  })
  expect(found.state === 'answered' && found.evidence).toHaveLength(8)
})

test('one model shows nothing about size', () => {
  expect(q5.answer(evidenceOf(metrics('small', { weights: 20, decode: 100 }))).state).toBe('open')
})

test('is open without numbers', () => {
  expect(q5.answer(nothing)).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
})
