import { describe, expect, test } from 'vitest'
import { BadInputError } from '../errors.ts'
import { catalogue, findModel, parameterCount, scaleArchitecture } from './index.ts'

const divisors = [2, 3, 8, 16, 50, 128]
const scaled = catalogue.flatMap(model =>
  divisors.map(divisor => ({ model, divisor, small: scaleArchitecture(model, divisor) })),
)

describe('scaleArchitecture', () => {
  test.for(scaled)('$small.name has 1/$divisor of the parameters', ({ model, divisor, small }) => {
    expect(Math.abs((parameterCount(small) * divisor) / parameterCount(model) - 1)).toBeLessThan(0.15)
  })

  test.for(scaled)('$small.name keeps the shape', ({ model, small }) => {
    expect(small).toMatchObject({
      family: model.family,
      tiedEmbeddings: model.tiedEmbeddings,
      contextTokens: model.contextTokens,
      ropeTheta: model.ropeTheta,
    })
    expect(small.heads / small.kvHeads).toBe(model.heads / model.kvHeads)
    const share = (model.heads * model.headSize) / model.embedding
    expect(Math.abs(small.heads * small.headSize - small.embedding * share)).toBeLessThan(32)
    expect(small.feedForward / small.embedding).toBeCloseTo(model.feedForward / model.embedding, 0)
  })

  test.for(scaled)('$small.name has rows of whole quantised blocks', ({ small }) => {
    expect(small.embedding % 32).toBe(0)
    expect(small.feedForward % 32).toBe(0)
    expect((small.heads * small.headSize) % 32).toBe(0)
  })

  test('keeps the head size as long as heads can be dropped', () => {
    expect(scaleArchitecture(findModel('qwen2.5-0.5b'), 16)).toMatchObject({ heads: 7, kvHeads: 1, headSize: 64 })
  })

  test('names the divisor, and changes nothing for 1', () => {
    const model = findModel('qwen2.5-0.5b')
    expect(scaleArchitecture(model, 16).name).toBe('qwen2.5-0.5b ÷ 16')
    expect(scaleArchitecture(model, 1)).toEqual(model)
  })

  test.for([0, -2, 1.5, Number.NaN])('refuses the divisor %s', divisor => {
    const scale = () => scaleArchitecture(findModel('qwen2.5-0.5b'), divisor)
    expect(scale).toThrow(BadInputError)
    expect(scale).toThrow(`the divisor is ${divisor}`)
  })

  test('refuses what would be too small for the shape', () => {
    const scale = () => scaleArchitecture(findModel('qwen2.5-0.5b'), 100_000)
    expect(scale).toThrow(BadInputError)
    expect(scale).toThrow('take a smaller divisor')
  })
})
