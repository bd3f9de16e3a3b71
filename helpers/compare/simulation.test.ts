import { describe, expect, test } from 'vitest'
import { seededRandom } from '../statistics/index.ts'
import { exampleSamples, runWith } from './example-results.ts'
import { compareResults, type NamedRun } from './index.ts'

/*
 * How often a comparison is right, on made-up starts: each has a level of its own around the true one (log-normal, SD
 * 2 % between starts), its ten samples scatter around that level (SD 2 %).
 */
const comparisons = 200

const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

function start(level: number, random: () => number): NamedRun {
  const own = level * Math.exp(0.02 * normal(random))
  const samples = Array.from({ length: 10 }, () => own * Math.exp(0.02 * normal(random)))
  return runWith({ samples: [exampleSamples(samples)] })
}

function shareOf(verdict: string, { starts, slower, seed }: { starts: number; slower: number; seed: number }): number {
  const random = seededRandom(seed)
  const side = (level: number) => Array.from({ length: starts }, () => start(level, random))
  const found = Array.from({ length: comparisons }, () => compareResults(side(20), side(20 * (1 - slower))).metrics[0])
  return found.filter(metric => metric?.state !== 'refused' && metric?.verdict === verdict).length / comparisons
}

describe('3 starts a side', () => {
  test('20 % slower is found, every time', () => {
    expect(shareOf('regressed', { starts: 3, slower: 0.2, seed: 1 })).toBe(1)
  })

  test('10 % slower is found in most comparisons', () => {
    expect(shareOf('regressed', { starts: 3, slower: 0.1, seed: 2 })).toBeGreaterThan(0.9)
  })

  test('without a change one comparison in a hundred is called a regression, or fewer', () => {
    expect(shareOf('regressed', { starts: 3, slower: 0, seed: 3 })).toBeLessThanOrEqual(0.01)
    expect(shareOf('improved', { starts: 3, slower: 0, seed: 3 })).toBeLessThanOrEqual(0.01)
  })
})

test('single starts are never called a regression, whatever they differ by', () => {
  expect(shareOf('unknown', { starts: 1, slower: 0.5, seed: 4 })).toBe(1)
})
