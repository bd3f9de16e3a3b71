import { describe } from 'vitest'
import { count, expect, type Lab, test as perfTest, seconds, sizes, skipAsNotApplicable } from '../../helpers/index.ts'
import { whyNoSwapping } from '../../helpers/lab/index.ts'
import { measureReload } from './swap-reload.ts'
import { measureSwapWhileServing } from './swap-serving.ts'
import { measureLoadsTogether } from './swap-together.ts'

const small = 'qwen2.5-0.5b'
const large = 'qwen2.5-7b'

const { reload, together, serving } = sizes({
  full: {
    reload: { reloads: 6, contextTokens: 4096, promptTokens: 128, outputTokens: 8 },
    together: { together: 3, rounds: 5, contextTokens: 4096, promptTokens: 128, outputTokens: 8 },
    serving: { streams: 4, requests: 40, turns: 3, contextTokens: 2048, promptTokens: 256, outputTokens: 128 },
  },
  standard: {
    reload: { reloads: 6, contextTokens: 2048, promptTokens: 64, outputTokens: 4 },
    together: { together: 3, rounds: 5, contextTokens: 2048, promptTokens: 64, outputTokens: 4 },
    serving: { streams: 2, requests: 12, turns: 2, contextTokens: 1024, promptTokens: 64, outputTokens: 64 },
  },
  quick: {
    reload: { reloads: 3, contextTokens: 256, promptTokens: 16, outputTokens: 2 },
    together: { together: 2, rounds: 3, contextTokens: 256, promptTokens: 16, outputTokens: 2 },
    serving: { streams: 1, requests: 6, turns: 2, contextTokens: 256, promptTokens: 32, outputTokens: 48 },
  },
})

/** As a study of its own: one that fails takes nothing from the others. */
const swapping = <T>(lab: Lab, part: string, measure: () => Promise<T>): Promise<T> => {
  const reason = whyNoSwapping(lab.engine)
  if (reason !== null) skipAsNotApplicable(reason)
  return lab.study(`003.swap-performance.${part}`, measure)
}

const test = perfTest
  .extend('reload', { scope: 'file' }, ({ lab }) =>
    swapping(lab, 'reload', () => measureReload(lab, { model: large, ...reload })),
  )
  .extend('together', { scope: 'file' }, ({ lab }) =>
    swapping(lab, 'together', () => measureLoadsTogether(lab, { model: small, ...together })),
  )
  .extend('serving', { scope: 'file' }, ({ lab }) =>
    swapping(lab, 'serving', () => measureSwapWhileServing(lab, { serving: small, swapped: large, ...serving })),
  )

describe(`003 · 4 · ${large} from disk and out again`, () => {
  test('swap-in takes at most 30 s, its file not cached', ({ reload }) => {
    expect(reload.cold).toBeAtMost(seconds(30), { wholeModel: true })
  })

  test('swap-in takes at most 30 s, its file cached', ({ reload }) => {
    expect(reload.warm).toBeAtMost(seconds(30), { wholeModel: true })
  })

  test('swap-out takes at most 5 s', ({ reload }) => {
    expect(reload.out).toBeAtMost(seconds(5), { wholeModel: true })
  })

  test('how many bytes a second, its file not cached', ({ reload }) => {
    expect(reload.coldRate).toBeMeasured()
  })

  test('how many bytes a second, its file cached', ({ reload }) => {
    expect(reload.warmRate).toBeMeasured()
  })
})

describe(`003 · 5 · ${together.together} × ${small} loaded at the same time`, () => {
  test('all of them answer', ({ together: loads }) => {
    expect(loads.loaded).toReach(count(together.together))
  })

  test('what it gains against one after the other', ({ together: loads }) => {
    expect(loads.speedUp).toBeMeasured()
  })
})

describe(`003 · 6 · ${small} answers while ${large} is loaded and unloaded`, () => {
  test('no request fails', ({ serving }) => {
    expect(serving.failed).toBeAtMost(count(0))
  })

  test('its inter-token latency beside the quiet one', ({ serving }) => {
    expect(serving.latencyRatio).toBeMeasured()
  })
})
