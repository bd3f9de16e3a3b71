import { expect, test } from 'vitest'
import { catalogue, scaleArchitecture } from '../models/index.ts'
import { scaleToPlan } from './scale-to-plan.ts'

const whole = (name: string) => {
  const found = catalogue.find(model => model.name === name)
  if (!found) throw new Error(`${name} is not in the catalogue`)
  return found
}

test.for([
  ["the plan's model", 1, { origin: 'synthetic', architecture: whole('qwen2.5-7b') }, 'qwen2.5-7b'],
  ['a smaller one', 15, { origin: 'synthetic', architecture: whole('qwen2.5-0.5b') }, 'qwen2.5-0.5b'],
  ['a smaller one, real', 15, { origin: 'real', architecture: null }, 'qwen2.5-0.5b'],
  ['the AWQ one', 1, { origin: 'real', architecture: null }, 'Qwen/Qwen2.5-7B-Instruct-AWQ'],
  ['one that the user named', 1, { origin: 'named', architecture: null }, 'qwen2.5-0.5b'],
] as const)('%s: divided by %d', ([, scale, model, requested]) => {
  expect(scaleToPlan(model, requested)).toBe(scale)
})

test('a sixteenth of it is divided by about sixteen', () => {
  const architecture = scaleArchitecture(whole('qwen2.5-7b'), 16)
  expect(Math.abs(scaleToPlan({ origin: 'synthetic', architecture }, 'qwen2.5-7b') - 16)).toBeLessThanOrEqual(1)
})
