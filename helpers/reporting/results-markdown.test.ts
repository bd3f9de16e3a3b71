import { describe, expect, test } from 'vitest'
import { couldNotMeasure, exampleRun, failed, inconclusive, notApplicable, passed } from './example-run.ts'
import type { TestOutcome } from './outcome.ts'
import { buildResults } from './results.ts'
import { resultsMarkdown } from './results-markdown.ts'
import type { Results } from './results-schema.ts'

const outcomeOf = (assessment: TestOutcome['assessments'][number]): TestOutcome => ({
  name: `001 · batches > ${assessment.title}`,
  spec: 'perf/multi-batch/sequential-batches.perf.ts',
  state: 'passed',
  note: null,
  errors: [],
  assessments: [assessment],
  baselines: [],
})

const resultsOf = (changes: Partial<Results> = {}, tests = [passed, failed].map(outcomeOf)): Results => ({
  ...buildResults({
    startedAt: new Date('2026-01-02T03:04:05Z'),
    profile: 'quick',
    exit: null,
    host: { platform: 'linux x64', cpu: 'EPYC', cores: 2, ramBytes: 2 ** 34, node: 'v24.21.0' },
    outcome: { tests, runs: [exampleRun()], studies: [], observations: [], tables: [], charts: [], errors: [] },
  }),
  ...changes,
})

const table: Results['tables'][number] = {
  id: '000.large-models.sizes',
  title: 'Large models <7B>',
  columns: ['model', 'file', 'why not'],
  rows: [
    ['qwen2.5-7b', '4.40 GiB', '–'],
    ['llama-3.1-8b', '–', 'needs 5 | 6 GiB'],
  ],
  notes: ['cold: not in the page cache'],
}

describe('a run in Markdown', () => {
  test('begins with what failed', () => {
    const tests = [passed, failed, inconclusive, notApplicable, couldNotMeasure].map(outcomeOf)
    expect(`\n${resultsMarkdown(resultsOf({}, tests))}`).toMatchInlineSnapshot(`
      "
      ## Performance of the LLM engine

      **1 of 4 criteria failed, and 1 could not be measured.** Exit code 1: a criterion failed, a regression was confirmed, or the engine crashed.

      1 pass · 1 fail · 1 inconclusive · 1 not applicable · 1 could not measure

      embedded 3.22.1 (child processes) · EPYC, 2 cores · profile quick · 2026-01-02T03:04:05.000Z

      ### Failed

      - ✗ **throughput varies by less than 10 % between batches** 18.4 % \\[16.9 %, 20.1 %\\] (limit 10.0 %), missed by 8.4 % · 20.1, 18.0, 16.4 req/s · 3 batches, 264 requests (001.sequential-batches.throughput-variance)
        - GPU clocks fell 1,980 → 1,605 MHz from batch 2 on, 87 °C
      - ! **every request succeeds** the client was the bottleneck: schedule delay p99 212 ms (001.sequential-batches.success-rate)

      ### Decision

      - **001.sequential-batches** investigate: Failed: throughput varies by less than 10 % between batches. 170,000 requests would take 2.17 h (2.16 h to 2.18 h) at the measured rate.

      ### Judged

      | Item | Verdict | Measured | Limit | Data |
      | --- | --- | --- | --- | --- |
      | VRAM stays within 0.5 GiB (001.sequential-batches.vram-delta) | ✓ pass | 3.0 MiB | 0.50 GiB | 3 batches, 264 requests |
      | throughput varies by less than 10 % between batches (001.sequential-batches.throughput-variance) | ✗ fail | 18.4 % \\[16.9 %, 20.1 %\\] | 10.0 % | 3 batches, 264 requests |
      | throughput does not fall from batch to batch (001.sequential-batches.no-degradation) | ? inconclusive | 6.0 % \\[1.0 %, 11.0 %\\]: the interval lies across the limit: too little data to tell | 10.0 % | 3 batches, 264 requests |
      | every request succeeds (001.sequential-batches.success-rate) | ! could not measure | the client was the bottleneck: schedule delay p99 212 ms |  | 3 batches, 264 requests |

      <details><summary>Not applicable: 1</summary>

      | Item | Reason |
      | --- | --- |
      | the model stays loaded between batches (001.sequential-batches.stays-loaded) | this engine does not tell which process serves the model |

      </details>
      "
    `)
  })

  test('names what regressed before the tables', () => {
    const baselines: TestOutcome['baselines'] = [
      { type: 'perf:baseline', metric: '001.sequential-batches.throughput', verdict: 'regressed', line: 'slower' },
      { type: 'perf:baseline', metric: '001.sequential-batches.ttft', verdict: 'no change', line: 'the same' },
    ]
    const markdown = resultsMarkdown(resultsOf({}, [{ ...outcomeOf(passed), baselines }]))
    expect(markdown).toContain('### Regressions\n\n- **001.sequential-batches.throughput** slower\n')
    expect(markdown.indexOf('### Regressions')).toBeLessThan(markdown.indexOf('### Judged'))
    expect(markdown).toContain('| 001.sequential-batches.ttft | no change | the same |')
  })

  test('keeps its table whatever a text holds', () => {
    const odd = { ...notApplicable, reason: 'a | b\n<b>' }
    expect(resultsMarkdown(resultsOf({}, [outcomeOf(odd)]))).toContain('| a \\| b · \\<b\\> |')
  })

  test('has no limit where the plan names none', () => {
    const { limit: _, ...unlimited } = resultsOf().items[0] ?? {}
    const markdown = resultsMarkdown(resultsOf({ items: [unlimited as Results['items'][number]] }))
    expect(markdown).toContain('| ✓ pass | 3.0 MiB |  | 3 batches, 264 requests |')
  })

  test('folds the tables, with numbers on the right, and has the findings', () => {
    const markdown = resultsMarkdown(
      resultsOf({
        items: [],
        metrics: [],
        tables: [table],
        findings: [
          {
            id: 'Q5',
            question: 'How fast?',
            state: 'answered',
            answer: '12 tok/s',
            evidence: ['000.x.y'],
            caveats: [],
          },
          { id: 'Q7', question: 'How hot?', state: 'open', needs: 'a sensor' },
        ],
      }),
    )
    expect(markdown.slice(markdown.indexOf('###'))).toMatchInlineSnapshot(`
      "### Findings

      |  | Question | Answer |
      | --- | --- | --- |
      | Q5 | How fast? | 12 tok/s |
      | Q7 | How hot? | open: a sensor |

      <details><summary>Large models &lt;7B&gt;</summary>

      #### Large models \\<7B\\> (000.large-models.sizes)

      | model | file | why not |
      | --- | ---: | --- |
      | qwen2.5-7b | 4.40 GiB | – |
      | llama-3.1-8b | – | needs 5 \\| 6 GiB |

      - cold: not in the page cache

      </details>
      "
    `)
  })
})

describe("what GitHub's limit does not hold", () => {
  const items = Array.from({ length: 2000 }, (_, i) => ({
    ...(resultsOf().items[0] as Results['items'][number]),
    id: `001.sequential-batches.criterion-${i}`,
  }))

  test('is left out, and said to be', () => {
    const markdown = resultsMarkdown(resultsOf({ items, tables: [table] }))
    expect(markdown.length).toBeLessThanOrEqual(65_536)
    const shown = markdown.match(/^\| VRAM stays/gm)?.length ?? 0
    expect(shown).toBeGreaterThan(100)
    expect(markdown.trimEnd().split('\n').at(-1)).toMatch(
      new RegExp(`^Left out, .*: ${(2000 - shown).toLocaleString('en')} judged criteria`),
    )
  })

  test('leaves room for what is short', () => {
    const markdown = resultsMarkdown(resultsOf({ items, tables: [table] }), { limit: 10_000 })
    expect(markdown.length).toBeLessThanOrEqual(10_000)
    expect(markdown).toContain('### Decision')
  })

  test('is nothing for a run that fits', () => {
    expect(resultsMarkdown(resultsOf({ tables: [table] }))).not.toContain('Left out')
  })

  test('is never half an entry', () => {
    const long = { ...table, rows: Array.from({ length: 5000 }, () => ['a', '1', 'x']) }
    const markdown = resultsMarkdown(resultsOf({ tables: [long, table] }))
    expect(markdown).toContain('1 table')
    expect(markdown.match(/<details>/g)?.length ?? 0).toBe(markdown.match(/<\/details>/g)?.length ?? 0)
  })
})
