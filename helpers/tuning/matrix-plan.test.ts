import { expect, test } from 'vitest'
import { longPrompts } from './matrix-plan.ts'

test('a prompt of the whole context leaves room for its answer and the template', () => {
  const prompts = [8192, 16_384, 32_768].map(tokens => ({ name: `${tokens / 1024}K`, tokens }))
  const long = { prompts, outputTokens: 64, requests: 1 }
  expect(longPrompts({ contextTokens: 32_768, long }).map(({ tokens }) => tokens)).toEqual([8192, 16_384, 32_640])
})
