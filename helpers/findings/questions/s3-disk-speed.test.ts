import { expect, test } from 'vitest'
import { evidenceWith } from './evidence-for-tests.ts'
import { s3 } from './s3-disk-speed.ts'
import { swapIds } from './swap-evidence.ts'

const GIB = 2 ** 30

test('answers with both rates, of whole models without a word about size', () => {
  const evidence = evidenceWith([
    { id: swapIds.coldRate, unit: 'bytes/s', value: 1.2 * GIB, interval: [1.1 * GIB, 1.3 * GIB] },
    { id: swapIds.warmRate, unit: 'bytes/s', value: 2 * GIB },
    { id: swapIds.cold, unit: 'ms', value: 3580 },
  ])
  expect(s3.answer(evidence)).toEqual({
    state: 'answered',
    answer:
      'From disk, with the page cache dropped, a qwen2.5-7b comes at 1.20 GiB/s [1.10 GiB/s, 1.30 GiB/s], in 3.58 s. ' +
      'From the page cache it is 2.00 GiB/s.',
    evidence: [swapIds.coldRate, swapIds.cold, swapIds.warmRate],
    caveats: ['the time is the whole load: the start of a process and the preparation of the weights are in it'],
  })
})

test('is open without a cold load, whatever a warm one says', () => {
  const warm = { id: swapIds.warmRate, unit: 'bytes/s', value: 2 * GIB } as const
  const reasons = { [swapIds.coldRate]: 'the kernel keeps it' }
  expect(s3.answer(evidenceWith([warm], reasons))).toEqual({ state: 'open', needs: 'the kernel keeps it' })
  expect(s3.answer(evidenceWith([]))).toEqual({ state: 'open', needs: expect.stringContaining('npx vitest run') })
})
