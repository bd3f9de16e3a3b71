import { expect, test } from 'vitest'
import { canaries, canarySighting } from './index.ts'

const words = ['aabbcc', 'ddeeff']
const seen = (answer: string) => canarySighting(answer, 'aabbcc', words)

test.for([
  ['"aabbcc"', 'own'],
  ['\n"aabbcc" \n', 'own'],
  ['"ddeeff"', 'mixed'],
  ['"aabddeeff', 'mixed'],
  ['"aabbcc" "ddeeff"', 'mixed'],
  ['"aabb', 'other'],
  ['aabbcc', 'other'],
  ['{"canary":"aabbcc"}', 'other'],
  ['', 'other'],
] as const)('%j is %s', ([answer, sighting]) => {
  expect(seen(answer)).toBe(sighting)
})

test('each has a word of its own, and a schema that allows no other', () => {
  const all = canaries(1000)
  expect(new Set(all.map(({ word }) => word)).size).toBe(1000)
  for (const { word, responseFormat, messages } of all.slice(0, 3)) {
    expect(JSON.stringify(responseFormat)).toContain(`"enum":["${word}"]`)
    expect(messages[0]?.content).toContain(word)
  }
})
