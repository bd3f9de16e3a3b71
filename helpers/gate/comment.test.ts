import { expect, test } from 'vitest'
import { COMMENT_LIMIT } from '../reporting/index.ts'
import { exampleItem, exampleResults } from './example-results.ts'
import { commentMark, gateComment, gateOutcome } from './index.ts'

const nowhere = { commit: null, runUrl: null }
const failing = exampleResults([
  exampleItem('001.a.fails', 'fail', { reason: 'a <b> | c' }),
  exampleItem('001.a.ok', 'pass'),
])

test('begins with its mark, then how the gate ended, why, where, and what was measured', () => {
  const outcome = gateOutcome({ exitCode: 1, results: failing, required: [], lastWords: [] })
  const text = gateComment(outcome, { commit: '0123456789abcdef', runUrl: 'https://github.com/o/n/actions/runs/7' })
  expect(text.startsWith(`${commentMark}\n## ✗ Performance gate: failed (exit code 1)\n`)).toBe(true)
  expect(text).toContain('- 001.a.fails: line of 001.a.fails · a \\<b\\> \\| c\n')
  expect(text).toContain('commit 0123456789ab · [run, report and records](https://github.com/o/n/actions/runs/7)\n')
  expect(text).toContain('<details><summary>1 of 2 criteria failed.</summary>\n\n')
  expect(text.trimEnd().endsWith('</details>')).toBe(true)
})

test('names one exit code, also where the verdicts alone would have another', () => {
  const results = exampleResults([exampleItem('001.a.ok', 'pass')])
  const text = gateComment(gateOutcome({ exitCode: 3, results, required: ['001.a.b'], lastWords: [] }), nowhere)
  expect([...text.matchAll(/exit code (\d+)/gi)].map(([, code]) => code)).toEqual(['3', '3'])
  expect(text).toContain('- 001.a.b is required (PERF\\_REQUIRE) and did not run\n')
})

test('says so where there are no results', () => {
  const outcome = gateOutcome({ exitCode: 2, results: null, required: [], lastWords: ['PERF_PROFILE is "fast"'] })
  const text = gateComment(outcome, nowhere)
  expect(text).toContain('- PERF\\_PROFILE is "fast"\n')
  expect(text).toContain('No results were written.')
  expect(text).not.toContain('<details>')
})

test('is never longer than GitHub takes, and still closed', () => {
  const long = 'x'.repeat(1_000)
  const items = Array.from({ length: 300 }, (_, i) => exampleItem(`001.a.b${i}`, 'fail', { reason: long }))
  const outcome = gateOutcome({ exitCode: 1, results: exampleResults(items), required: [], lastWords: [] })
  const text = gateComment(outcome, nowhere)
  expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT)
  expect(text.length).toBeGreaterThan(COMMENT_LIMIT / 2)
  expect(text).toContain('- and 280 more\n')
  expect(text.trimEnd().endsWith('</details>')).toBe(true)
})
