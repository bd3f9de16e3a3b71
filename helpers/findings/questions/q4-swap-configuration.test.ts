import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { q4 } from './q4-swap-configuration.ts'

const round = (name: string, value: number, interval?: [number, number]) => ({
  id: `000.swap-configuration.round-time.${name}`,
  unit: 'ms' as const,
  value,
  ...(interval && { interval }),
})
const rounds = [
  round('file-10', 420, [400, 450]),
  round('file-60', 310, [290, 330]),
  round('zram-100', 150, [140, 160]),
]
const rate = { id: '000.swap-configuration.swap-rate.zram-100', unit: 'bytes/s' as const, value: 640 * 2 ** 20 }

test('names the one whose interval lies below all others, with the times of all', () => {
  expect(q4.answer(evidenceOf([...rounds, rate]))).toMatchObject({
    state: 'answered',
    answer:
      'Here zram with swappiness 100 was best: 150 ms [140 ms, 160 ms] for a pass over more memory than there is, with ' +
      '640 MiB/s of swap traffic; a swap file with swappiness 60 310 ms [290 ms, 330 ms], a swap file with swappiness 10 ' +
      '420 ms [400 ms, 450 ms].',
    evidence: [rounds[2], rounds[1], rounds[0], rate].map(metric => metric?.id),
  })
})

test('does not call best what others may be as well, or what has no interval', () => {
  const close = [
    round('file-10', 300, [280, 350]),
    round('file-60', 310, [290, 330]),
    round('file-100', 500, [490, 510]),
  ]
  expect(q4.answer(evidenceOf(close))).toMatchObject({
    answer: expect.stringMatching(
      /^Here a swap file with swappiness 10 was fastest, not clearly faster than a swap file with swappiness 60: /,
    ),
  })
  expect(q4.answer(evidenceOf([round('file-10', 1), round('file-60', 9)]))).toMatchObject({
    answer: expect.stringContaining('not clearly faster'),
    caveats: expect.arrayContaining(['too few rounds for an interval']),
  })
})

test('says so when the host was disturbed', () => {
  const evidence = evidenceOf(rounds)
  const disturbed = { verdict: 'inconclusive', reason: 'the host was disturbed' } as ReturnType<typeof evidence.item>
  expect(q4.answer({ ...evidence, item: () => disturbed })).toMatchObject({
    caveats: expect.arrayContaining(['the host was disturbed']),
  })
})

test('is open without two configurations, with the reason of the run', () => {
  expect(q4.answer(evidenceOf([round('file-60', 1)]))).toMatchObject({ state: 'open' })
  expect(q4.answer({ ...nothing, reason: () => 'switching swap on takes root' })).toEqual({
    state: 'open',
    needs: expect.stringMatching(/^a run as root .*large-models \(here: switching swap on takes root\)$/),
  })
})
