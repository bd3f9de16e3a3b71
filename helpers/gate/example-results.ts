import type { ResultItem, Results } from '../reporting/index.ts'

/** An item of a results file, for tests. */
export function exampleItem(id: string, verdict: ResultItem['verdict'], more: Partial<ResultItem> = {}): ResultItem {
  return {
    id,
    title: `title of ${id}`,
    verdict,
    unit: null,
    n: 3,
    evidence: { spec: 'a.perf.ts', test: `test of ${id}`, line: `line of ${id}`, data: '3 batches', advice: [] },
    ...more,
  }
}

/** A results file with these items, for tests. */
export function exampleResults(items: ResultItem[]): Results {
  return {
    schema: 1,
    startedAt: '2026-01-02T03:04:05.000Z',
    profile: 'quick',
    exit: null,
    host: { hardware: 'hw', platform: 'linux x64', cpu: 'EPYC', cores: 2, ramBytes: 2 ** 34, node: 'v24.21.0' },
    engine: null,
    items,
    metrics: [],
    tables: [],
    charts: [],
    samples: [],
    findings: [],
  }
}
