import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readResults } from '../reporting/index.ts'
import { helpers, perfProject, startPerfRun } from '../testing/perf-run.ts'
import { compareResults, comparisonText, regressionsIn } from './index.ts'

const spec = `
import { expect, test as perfTest } from '${helpers}/index.ts'

const test = perfTest.extend('batches', { scope: 'file' }, ({ load }) =>
  load.batches({
    id: 'mine.short', model: 'qwen2.5-0.5b', role: 'small',
    batches: 2, requestsPerBatch: 16, chunk: 4, promptTokens: 16, outputTokens: 8,
  }),
)

test('answers', ({ batches }) => {
  expect(batches).toRunWithoutCrash()
})
`

test('two real runs are compared metric by metric, and no verdict rests on a single start', async () => {
  await using project = await perfProject({ 'short.perf.ts': spec })
  const measured = async (name: string) => {
    await using run = await startPerfRun(
      'perf/',
      { PERF_BATCHES: '2', PERF_REQUESTS: '16' },
      { folder: project.folder },
    )
    expect(await run.ended(), run.text()).toBe(0)
    return { name, results: readResults(join(run.output, 'latest')) }
  }
  const [base, head] = [await measured('base'), await measured('head')]

  const comparison = compareResults([base], [head])
  expect(comparison.differences).toEqual([])
  expect(comparison.metrics).toMatchObject(
    ['throughput', 'ttft', 'tpot', 'memory'].map(name => ({
      metric: `mine.short.${name}`,
      state: 'unjudged',
      verdict: 'unknown',
      interval: [expect.any(Number), expect.any(Number)],
    })),
  )
  expect(comparison.values.map(({ id }) => id)).toContain('mine.short.e2e-p50')
  expect(comparison.valuesRefused).toEqual([])
  expect(comparison.otherCriteria).toEqual({ same: 1, onlyBase: 0, onlyHead: 0 })
  expect(regressionsIn(comparison)).toEqual([])
  expect(comparisonText(comparison).at(-1)).toBe('Metrics  4 unknown')
})
