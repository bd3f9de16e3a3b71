import { describe } from 'vitest'
import { celsius, count, expect, percent, test as perfTest, sizes, skipAsNotApplicable } from '../../helpers/index.ts'
import { measureMediumModels } from './medium-models-study.ts'

const models = ['smollm2-1.7b', 'gemma-2-2b', 'qwen2.5-1.5b', 'qwen2.5-0.5b'] as const
const mixed = ['qwen2.5-1.5b', 'qwen2.5-0.5b', 'qwen2.5-0.5b', 'qwen2.5-0.5b'] as const

const plan = sizes({
  full: {
    inference: [128, 1024, 4096].map(promptTokens => ({ promptTokens, outputTokens: 128, requests: 8 })),
    concurrent: { promptTokens: 512, outputTokens: 128, concurrency: 4, requests: 32 },
    sustainedSeconds: 600,
  },
  standard: {
    inference: [128, 1024].map(promptTokens => ({ promptTokens, outputTokens: 64, requests: 6 })),
    concurrent: { promptTokens: 128, outputTokens: 64, concurrency: 4, requests: 12 },
    sustainedSeconds: 120,
  },
  quick: {
    inference: [{ promptTokens: 64, outputTokens: 8, requests: 6 }],
    concurrent: { promptTokens: 32, outputTokens: 8, concurrency: 4, requests: 8 },
    sustainedSeconds: 1.5,
  },
})

const test = perfTest.extend('study', { scope: 'file' }, ({ lab }) =>
  lab.study('000.medium-models', () => measureMediumModels(lab, { ...plan, models, mixed })),
)

describe('000 · 4A medium models: SmolLM2 1.7B, Gemma 2 2B, mixed 1 × 1.5B + 3 × 0.5B', () => {
  for (const model of models) {
    test(`${model} loads, answers, and is unloaded again`, ({ study }) => {
      const found = study.models[model]
      if (found?.state !== 'measured') return skipAsNotApplicable(found?.reason ?? `${model} was not tested`)
      const { loadTime, success, memory, overhead, notReturned } = found.value
      expect(success).toReach(percent(100))
      for (const each of [memory, overhead, notReturned, loadTime]) expect(each).toBeMeasured()
    })

    test(`decode and prefill speed of ${model} are measured`, ({ study }) => {
      const found = study.models[model]
      if (found?.state !== 'measured') return skipAsNotApplicable(found?.reason ?? `${model} was not tested`)
      const { prefillRate, decodeRate, concurrentRate } = found.value
      for (const each of [prefillRate, decodeRate, concurrentRate]) expect(each).toBeMeasured()
    })
  }

  test('1 × 1.5B and 3 × 0.5B are loaded at once, and all of them answer', ({ study }) => {
    expect(study.mixedLoaded).toReach(count(mixed.length))
  })

  test('fragmentation is measured before and after mixed loading', ({ study }) => {
    expect(study.fragmentationBefore).toBeMeasured()
    expect(study.fragmentationAfter).toBeMeasured()
  })

  test('stays below 80 °C under sustained load', ({ study }) => {
    expect(study.temperature).toStayBelow(celsius(80))
  })

  test('does not lose speed to heat under sustained load', ({ study }) => {
    expect(study.sag).toStayBelow(percent(10))
  })
})
