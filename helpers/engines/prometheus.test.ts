import { expect, test } from 'vitest'
import { prometheusValues } from './prometheus.ts'

test('samples by name; comments, labels and what is no number are left out', () => {
  const page = [
    '# HELP a:b_total Words 5',
    '# TYPE a:b_total counter',
    'a:b_total 17',
    'a:rate 1.5e+3',
    'a:bad NaN',
    'a:labelled{model="x"} 4',
    'a:empty ',
    '',
  ].join('\r\n')
  expect([...prometheusValues(page)]).toEqual([
    ['a:b_total', 17],
    ['a:rate', 1500],
  ])
  expect(prometheusValues('').size).toBe(0)
})
