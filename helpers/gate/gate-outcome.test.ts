import { describe, expect, test } from 'vitest'
import { exitCodes } from '../errors.ts'
import { exampleItem, exampleResults } from './example-results.ts'
import { gateAnnotation, gateLine, gateOutcome } from './index.ts'

const results = exampleResults([
  exampleItem('001.a.passes', 'pass'),
  exampleItem('001.a.fails', 'fail', { reason: 'for this reason\nand more' }),
  exampleItem('001.a.open', 'inconclusive', { reason: 'the host was disturbed' }),
])
const lastWords = ['the last line']
const outcome = (exitCode: number, more = {}) => gateOutcome({ exitCode, results, required: [], lastWords, ...more })

describe('why the gate ended so', () => {
  test('0: no reasons', () => {
    expect(outcome(0).reasons).toEqual([])
  })

  test('1: what failed, with what was measured', () => {
    expect(outcome(1).reasons).toEqual(['001.a.fails: line of 001.a.fails · for this reason'])
  })

  test('3: one line for each cause, and what is required and was not judged', () => {
    const broken = ['b', 'c', 'd'].map(name =>
      exampleItem(`001.a.${name}`, 'could not measure', { reason: 'the engine did not start\nlog' }),
    )
    const single = exampleItem('001.a.e', 'could not measure', { reason: 'disk full' })
    const { reasons } = outcome(3, {
      results: exampleResults([...results.items, ...broken, single]),
      required: ['001.a.passes', '001.a.fails', '001.a.open', '001.a.nowhere'],
    })
    expect(reasons).toEqual([
      'the engine did not start · log (3 items)',
      '001.a.e: disk full',
      '001.a.open is required (PERF_REQUIRE) and is inconclusive: the host was disturbed',
      '001.a.nowhere is required (PERF_REQUIRE) and did not run',
    ])
  })

  test('without results, or where they explain nothing: what the run said last', () => {
    expect(outcome(2, { results: null }).reasons).toEqual(lastWords)
    expect(outcome(1, { results: exampleResults([]) }).reasons).toEqual(lastWords)
    expect(outcome(0, { results: null }).reasons).toEqual([])
  })
})

test('every exit code has a word of its own', () => {
  const words = [...Object.values(exitCodes), 137, 134, 7].map(code => outcome(code).ending.word)
  expect(new Set(words).size).toBe(words.length)
  expect(outcome(137).ending.means).toContain('killed, for instance because memory ran out')
  expect(outcome(134).ending.means).toContain('signal 6')
})

test('the line names exit code, word and counts', () => {
  expect(gateLine(outcome(1))).toBe(
    'Gate  exit code 1, failed: A criterion failed, a regression was confirmed, or the engine crashed. · ' +
      '1 pass · 1 fail · 1 inconclusive · 0 not applicable · 0 could not measure',
  )
  expect(gateLine(outcome(2, { results: null }))).toContain('no results were written')
})

describe('the annotation', () => {
  test('is an error with the word in its title', () => {
    expect(gateAnnotation(outcome(3))).toMatch(
      /^::error title=Performance gate%3A could not measure \(exit code 3\)::Something broke/,
    )
  })

  test('is a notice where the gate passed', () => {
    expect(gateAnnotation(outcome(0))).toMatch(/^::notice title=Performance gate%3A passed \(exit code 0\)::Gate /)
  })

  test('is one line, whatever a reason holds', () => {
    const text = gateAnnotation(outcome(2, { results: null, lastWords: ['50 %\r', '::set-output name=x::y'] }))
    expect(text).not.toMatch(/[\r\n]/)
    expect(text).toMatch(/%0A50 %25%0D%0A::set-output name=x::y$/)
  })
})
