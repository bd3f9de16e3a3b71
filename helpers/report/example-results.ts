import { couldNotMeasure, exampleRun, failed, inconclusive, notApplicable, passed } from '../reporting/example-run.ts'
import { buildResults } from '../reporting/results.ts'
import type { Results } from '../reporting/results-schema.ts'
import { throughputChart, ttftChart } from '../reporting/run-charts.ts'

const sequential = '001.sequential-batches'

/** Results of every kind: five verdicts, batches, tables of another plan, charts and findings. For tests of the report. */
export function exampleResults(changes: Partial<Results> = {}): Results {
  const run = exampleRun()
  const assessments = [passed, failed, inconclusive, notApplicable, couldNotMeasure]
  const built = buildResults({
    startedAt: new Date('2026-01-02T03:04:05Z'),
    profile: 'quick',
    exit: null,
    host: { platform: 'linux x64', cpu: 'AMD EPYC', cores: 2, ramBytes: 24 * 2 ** 30, node: 'v24.21.0' },
    outcome: {
      tests: assessments.map(assessment => ({
        name: `001 · 3 × 5K sequential batches (quick: 3 × 66) > ${assessment.title}`,
        spec: 'perf/multi-batch/sequential-batches.perf.ts',
        state: 'passed',
        note: null,
        errors: [],
        assessments: [assessment],
        baselines: [],
      })),
      runs: [run],
      studies: [],
      observations: [],
      tables: [
        {
          id: '000.large-models.load-times',
          title: 'Load time against size',
          columns: ['model', 'weights', 'cold', 'warm'],
          rows: [
            ['qwen2.5-0.5b ÷ 16', '17.1 MiB', '870 ms', '928 ms'],
            ['qwen2.5-7b ÷ 16', '0.27 GiB', '1.34 s', '–'],
          ],
          notes: ['cold: nothing of the file is in the page cache'],
        },
      ],
      charts: [throughputChart(run), ttftChart(run)],
      errors: [],
    },
  })
  return {
    ...built,
    findings: [
      {
        id: 'Q1',
        question: 'How long does a load take?',
        state: 'answered',
        answer: 'qwen2.5-7b takes 1.34 s, and the batches ran at 21.8 req/s.',
        evidence: ['000.large-models.load-times', `${sequential}.throughput`, `${sequential}.vram-delta`],
        caveats: ['measured on models of 1/16 of their size'],
      },
      { id: 'Q7', question: 'At what temperature does it throttle?', state: 'open', needs: 'a sensor of the CPU' },
    ],
    ...changes,
  }
}
