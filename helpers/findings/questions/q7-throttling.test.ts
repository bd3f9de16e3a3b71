import { expect, test } from 'vitest'
import { evidenceOf, nothing } from './evidence-for-tests.ts'
import { q7 } from './q7-throttling.ts'

const celsius = (id: string, value: number) => ({ id, unit: 'celsius' as const, value })
const medium = celsius('000.medium-models.temperature', 71.5)
const large = celsius('000.large-models.heat.highest-temperature', 86)
const point = celsius('000.large-models.heat.throttle-point', 85)
const events = (value: number) => ({ id: '000.large-models.heat.throttle-events', unit: 'count' as const, value })
const sag = { id: '000.medium-models.throughput-sag', unit: 'ratio' as const, value: 0.25 }

test('answers with the temperature at which clocks were throttled, and what it cost', () => {
  expect(q7.answer(evidenceOf([medium, large, point, events(31), sag]))).toEqual({
    state: 'answered',
    answer:
      'At 85.0 °C: clocks were first throttled there, and the machine became 86.0 °C hot. ' +
      'The last third of the load was 25.0 % slower than the first.',
    evidence: [large, point, events(31), sag].map(({ id }) => id),
    caveats: [],
  })
})

test('a machine that was not throttled, or that does not count it, is said to be so', () => {
  expect(q7.answer(evidenceOf([medium, events(0)]))).toMatchObject({
    answer: 'Not up to 71.5 °C: no throttling was counted under load.',
    caveats: [expect.stringContaining('too short')],
  })
  expect(q7.answer(evidenceOf([medium]))).toMatchObject({
    answer: 'It became 71.5 °C hot under load; nothing here counts throttling.',
  })
})

test('is open where there is no sensor, with the reason of the run', () => {
  expect(q7.answer({ ...nothing, reason: () => 'no sensor of the CPU' })).toEqual({
    state: 'open',
    needs: expect.stringMatching(/^a machine with temperature sensors, .* \(here: no sensor of the CPU\)$/),
  })
})
