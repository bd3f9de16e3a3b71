import { describe, expect, test } from 'vitest'
import { findingLines } from './finding-lines.ts'
import { findingsMarkdown, findingsText } from './findings-report.ts'
import { type Finding, type Results, resultsSchema } from './results-schema.ts'

const results: Results = resultsSchema.parse({
  schema: 1,
  startedAt: '2026-01-02T03:04:05.000Z',
  profile: 'quick',
  host: {
    hardware: 'epyc-2c-24g',
    platform: 'linux x64',
    cpu: 'AMD EPYC',
    cores: 2,
    ramBytes: 24 * 2 ** 30,
    node: 'v24.21.0',
  },
  engine: {
    name: 'embedded',
    version: '3.22.1',
    origin: 'spawned',
    runsAs: 'child processes',
    url: 'http://127.0.0.1:40123',
    arguments: [],
    cautions: [],
    runs: [],
  },
  items: [
    {
      id: '000.large-models.load-time.qwen2.5-7b',
      title: 'load time of qwen2.5-7b is below 60.00 s',
      verdict: 'pass',
      measured: { value: 31_200, interval: null },
      limit: 60_000,
      unit: 'ms',
      n: 1,
      evidence: { spec: 's', test: 't', line: '31.20 s (limit 60.00 s) · cold', data: '1 reading', advice: [] },
    },
  ],
  metrics: [
    { id: '000.large-models.load-time.qwen2.5-7b', unit: 'ms', value: 31_200 },
    {
      id: '000.large-models.decode.qwen2.5-7b',
      title: 'decode rate of qwen2.5-7b ÷ 16',
      unit: 'tokens/s',
      value: 12.34,
      interval: [12, 12.7],
      details: ['64 requests'],
      scale: 16,
    },
    { id: '000.large-models.heat', title: 'hottest', unit: 'celsius', value: null, reason: 'no sensor' },
  ],
  tables: [
    {
      id: '000.large-models.sizes',
      title: 'Large models',
      columns: ['model', 'file'],
      rows: [['x', '4.40 GiB']],
      notes: [],
    },
    { id: '000.large-models.other', title: 'Not cited', columns: [], rows: [], notes: [] },
  ],
  findings: [],
})

const findings: Finding[] = [
  {
    id: 'Q5',
    question: "What's the inference speed scaling with model size?",
    state: 'answered',
    answer:
      'A model of 7B decodes 12.3 tok/s on this machine, and loads in 31.2 s; every doubling of the size halves the rate.',
    evidence: [
      '000.large-models.load-time.qwen2.5-7b',
      '000.large-models.decode.qwen2.5-7b',
      '000.large-models.heat',
      '000.large-models.sizes',
    ],
    caveats: ['measured on models of 1/16 of their size'],
  },
  {
    id: 'Q7',
    question: "What's the thermal throttling point under sustained load?",
    state: 'open',
    needs: 'a temperature sensor: no sensor',
  },
]

describe('findings', () => {
  test('on a screen have the question, the answer, its caveats and its evidence, then the tables that it cites', () => {
    expect(`\n${findingsText(results, findings, { width: 90 }).join('\n')}`).toMatchInlineSnapshot(`
      "
      Findings · 1 answered, 1 open
      Measured 2026-01-02T03:04:05.000Z · profile quick · embedded 3.22.1 (child processes) ·
      AMD EPYC, 2 cores, 24.00 GiB

      Q5   What's the inference speed scaling with model size?
           A model of 7B decodes 12.3 tok/s on this machine, and loads in 31.2 s; every doubling
           of the size halves the rate.
           caveat    measured on models of 1/16 of their size
           evidence  000.large-models.load-time.qwen2.5-7b · ✓ load time of qwen2.5-7b is below
                     60.00 s: 31.20 s (limit 60.00 s) · cold
           evidence  000.large-models.decode.qwen2.5-7b · decode rate of qwen2.5-7b ÷ 16: 12.3
                     tok/s [12.0 tok/s, 12.7 tok/s] · 64 requests · on a model ÷ 16
           evidence  000.large-models.heat · hottest: no sensor
           evidence  000.large-models.sizes · table: Large models

      Q7   What's the thermal throttling point under sustained load?
           open      a temperature sensor: no sensor

      Large models · 000.large-models.sizes
        model      file
        x      4.40 GiB
      "
    `)
  })

  test('as Markdown are a page to keep', () => {
    expect(`\n${findingsMarkdown(results, findings).join('\n')}`).toMatchInlineSnapshot(`
      "
      # Findings

      1 answered, 1 open. Measured 2026-01-02T03:04:05.000Z · profile quick · embedded 3.22.1 (child processes) · AMD EPYC, 2 cores, 24.00 GiB.

      ## Q5 · What's the inference speed scaling with model size?

      A model of 7B decodes 12.3 tok/s on this machine, and loads in 31.2 s; every doubling of the size halves the rate.

      - Caveat: measured on models of 1/16 of their size
      - \`000.large-models.load-time.qwen2.5-7b\`: ✓ load time of qwen2.5-7b is below 60.00 s: 31.20 s (limit 60.00 s) · cold
      - \`000.large-models.decode.qwen2.5-7b\`: decode rate of qwen2.5-7b ÷ 16: 12.3 tok/s \\[12.0 tok/s, 12.7 tok/s\\] · 64 requests · on a model ÷ 16
      - \`000.large-models.heat\`: hottest: no sensor
      - \`000.large-models.sizes\`: table: Large models

      ## Q7 · What's the thermal throttling point under sustained load?

      **Open.** a temperature sensor: no sensor

      ## Tables

      ### Large models (000.large-models.sizes)

      | model | file |
      | --- | ---: |
      | x | 4.40 GiB |
      "
    `)
  })

  test('at the end of a run are a sentence each, and what is open', () => {
    expect(`\n${findingLines(findings, { width: 72 }).join('\n')}`).toMatchInlineSnapshot(`
      "
       Findings   npm run findings shows the questions, the evidence and the
                  caveats
         Q5       A model of 7B decodes 12.3 tok/s on this machine, and loads
                  in 31.2 s; every doubling of the size halves the rate.
         open     Q7: npm run findings says what they need
      "
    `)
  })

  test('are nothing at the end of a run that was asked nothing', () => {
    expect(findingLines([])).toEqual([])
  })
})
