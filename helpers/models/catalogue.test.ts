import { describe, expect, test } from 'vitest'
import { BadInputError } from '../errors.ts'
import { catalogue, findModel, parameterCount } from './index.ts'

describe('catalogue', () => {
  test.for(catalogue.map(model => [model.name, model] as const))(
    '%s has the published number of parameters',
    ([, model]) => {
      expect(Math.abs(parameterCount(model) / model.publishedParameters - 1)).toBeLessThan(0.01)
    },
  )

  test.for(catalogue.map(model => [model.name, model] as const))('%s has heads that fit', ([, model]) => {
    expect(model.heads % model.kvHeads).toBe(0)
    // Gemma 2's heads are narrower than its residual stream.
    expect((model.heads * model.headSize) / model.embedding).toBeCloseTo(model.family === 'gemma2' ? 8 / 9 : 1)
  })

  test.for(catalogue.map(model => [model.name, model] as const))('%s has names of its own on engines', ([, model]) => {
    const { ollama, huggingFace } = model.names
    const size = /[\d.]+b$/.exec(model.name)?.[0] ?? ''
    expect(ollama).toMatch(new RegExp(`^[a-z0-9.]+:${size}$`))
    expect(huggingFace).toMatch(new RegExp(`^[\\w-]+/[\\w.-]+-${size}-(Instruct|it)$`, 'i'))
    expect(catalogue.filter(other => other.names.ollama === ollama)).toHaveLength(1)
    expect(catalogue.filter(other => other.names.huggingFace === huggingFace)).toHaveLength(1)
  })

  test.for(catalogue.map(model => [model.name, model] as const))('%s cites where its scores are from', ([, model]) => {
    expect(model.publishedScores.length).toBeGreaterThan(0)
    for (const { benchmark, score, source } of model.publishedScores) {
      expect(benchmark).toMatch(/^MMLU/)
      expect(score).toBeGreaterThan(0)
      expect(score).toBeLessThan(100)
      expect(new URL(source).protocol).toBe('https:')
    }
  })

  test('finds a model by name', () => {
    expect(findModel('qwen2.5-7b')).toMatchObject({ name: 'qwen2.5-7b', layers: 28, embedding: 3584, kvHeads: 4 })
  })

  test('refuses an unknown name and lists what there is', () => {
    const find = () => findModel('qwen2.5-13b')
    expect(find).toThrow(BadInputError)
    expect(find).toThrow(/no 'qwen2.5-13b'.*qwen2.5-14b/)
  })
})
