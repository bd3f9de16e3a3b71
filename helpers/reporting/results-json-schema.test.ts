import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { absent } from '../measured.ts'
import { exampleRun, failed, inconclusive, notApplicable, passed } from './example-run.ts'
import type { Outcome } from './outcome.ts'
import { buildResults } from './results.ts'
import { resultsJsonSchema } from './results-json-schema.ts'
import type { Results } from './results-schema.ts'
import { throughputChart } from './run-charts.ts'

const path = new URL('../../docs/results.schema.json', import.meta.url)

const outcome: Outcome = {
  tests: [passed, failed, inconclusive, notApplicable].map(assessment => ({
    name: `001 · batches > ${assessment.title}`,
    spec: 'perf/multi-batch/sequential-batches.perf.ts',
    state: 'passed',
    note: null,
    errors: [],
    assessments: [assessment],
    baselines: [{ type: 'perf:baseline', metric: '001.sequential-batches.ttft', verdict: 'no change', line: 'same' }],
  })),
  runs: [{ ...exampleRun(), loadMs: absent('the engine does not tell') }],
  studies: [],
  observations: [],
  tables: [{ id: '000.a.b', title: 'b', columns: ['x'], rows: [['1']], notes: [] }],
  charts: [throughputChart(exampleRun())],
  errors: [],
}

const results: Results = {
  ...buildResults({
    startedAt: new Date('2026-01-02T03:04:05Z'),
    profile: 'quick',
    exit: null,
    host: { platform: 'linux x64', cpu: 'EPYC', cores: 2, ramBytes: 2 ** 34, node: 'v24.21.0' },
    outcome,
  }),
  findings: [
    { id: 'Q1', question: 'How?', state: 'answered', answer: 'so', evidence: ['000.a.b'], caveats: [] },
    { id: 'Q2', question: 'Why?', state: 'open', needs: 'a GPU' },
  ],
}

describe('docs/results.schema.json', () => {
  const published: unknown = JSON.parse(readFileSync(path, 'utf8'))

  test('is what the code says: `node scripts/report-schema.ts && npm run format` writes it', () => {
    expect(published).toEqual(resultsJsonSchema())
  })

  // Read back from the published file alone, so that what it says is checked and not what it was made of.
  const fromFile = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0])
  const file = (): Record<string, unknown> => JSON.parse(JSON.stringify(results))

  test('takes the results of a run, and those of a version that kept no charts yet', () => {
    expect(fromFile.safeParse(file()).error).toBeUndefined()
    const { charts: _, samples: __, ...older } = file()
    expect(fromFile.safeParse(older).error).toBeUndefined()
  })

  test.for<[what: string, changes: Record<string, unknown>]>([
    ['another schema', { schema: 2 }],
    ['an unknown verdict', { items: [{ ...results.items[0], verdict: 'fine' }] }],
    ['a number as text', { metrics: [{ ...results.metrics[0], value: '12' }] }],
    ['an answer without evidence', { findings: [{ ...results.findings[0], evidence: [] }] }],
    ['a chart without a description', { charts: [{ ...results.charts[0], description: '' }] }],
    ['no items', { items: undefined }],
    ['a date in words', { startedAt: 'yesterday' }],
  ])('refuses %s', ([, changes]) => {
    expect(fromFile.safeParse({ ...file(), ...changes }).success).toBe(false)
  })
})
