import { spawn } from 'node:child_process'
import { mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { questions } from '../findings/questions/index.ts'
import { resultsSchema } from './results-schema.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
const vitest = join(modules, 'vitest/vitest.mjs')

/** A project of its own with the reporter in it; every spec is a fault that the exit code must show. */
const files = {
  'vitest.config.ts': `
    import { createWriteStream } from 'node:fs'
    import { defineConfig } from 'vitest/config'
    import { BaseSequencer } from 'vitest/node'
    import { questions } from '${here}../findings/questions/index.ts'
    import PerfReporter from '${here}reporter.ts'
    if (process.env.FAULT)
      questions.push({
        id: 'Q99',
        question: 'Why?',
        answer: () => ({ state: 'answered', answer: 'because', evidence: ['000.x.guess'], caveats: [] }),
      })
    class LastFirst extends BaseSequencer {
      async sort(files) { return files.toSorted((a, b) => (a.moduleId < b.moduleId ? 1 : -1)) }
    }
    const screen = process.env.SCREEN ? Object.assign(createWriteStream(process.env.SCREEN), { isTTY: true, columns: 72 }) : undefined
    export default defineConfig({
      test: {
        reporters: [
          new PerfReporter({
            runDirectory: () => process.env.FOLDER ?? 'OUTPUT/runs/1',
            options: {
              profile: 'quick',
              strict: process.env.STRICT === '1',
              require: process.env.REQUIRE ? [process.env.REQUIRE] : [],
              apiKey: 'secret-key',
            },
            headerLines: async () => ['engine   embedded llama.cpp', 'profile  quick'],
            hint: () => 'To measure it: PERF_ENGINE_URL=http://127.0.0.1:8080 npx vitest run perf/',
            ...(screen ? { stdout: screen } : {}),
          }),
        ],
        sequence: { sequencer: LastFirst },
        projects: [
          { test: { name: 'perf', include: ['*.perf.ts'], pool: 'forks', fileParallelism: false, isolate: false } },
          { test: { name: 'unit', include: ['*.test.ts'], pool: 'forks' } },
        ],
      },
    })`,
  'order-a.perf.ts': "import { test } from 'vitest'\ntest('comes second', () => {})",
  'order-b.perf.ts': "import { test } from 'vitest'\ntest('comes first', () => {})",
  'helpers.ts': `
    import { recordArtifact, test } from 'vitest'
    import * as example from '${here}example-run.ts'
    export * from '${here}example-run.ts'
    export * from '${here}index.ts'
    export * from '${here}../errors.ts'
    export const criterion = (assessment, after = () => {}) =>
      test(assessment.title, async ({ task }) => {
        await recordArtifact(task, { type: 'perf:assessment', assessment })
        await after()
      })`,
  'healthy.perf.ts': `
    import { describe, recordArtifact, test } from 'vitest'
    import { criterion, exampleRun, notApplicable, passed, reportProgress } from './helpers.ts'
    describe('001 · sequential batches', () => {
      test('is measured', async ({ task, annotate }) => {
        for (let done = 0; done <= 264; done += 88) {
          reportProgress(task, { spec: '001.sequential-batches', done, total: 264, ratePerSecond: 21.8, note: 'batch 1/3' })
          console.log('said by the spec')
        }
        await recordArtifact(task, { type: 'perf:run', run: exampleRun() })
        await recordArtifact(task, {
          type: 'perf:baseline',
          metric: '001.sequential-batches.throughput',
          verdict: 'no change',
          line: 'throughput 21.8 vs 21.9 req/s (-0.5 %, noise 3.1 %, p 0.71) no change',
        })
      })
      criterion({ ...passed, line: passed.line + ' by secret-key' })
      test(notApplicable.title, async ({ task, skip }) => {
        await recordArtifact(task, { type: 'perf:assessment', assessment: notApplicable })
        skip('not applicable: ' + notApplicable.reason)
      })
    })`,
  'measures.perf.ts': `
    import { describe, expect, recordArtifact, test } from 'vitest'
    import { observe } from '${here}../observations/index.ts'
    import { matchers } from '${here}../matchers/index.ts'
    expect.extend(matchers)
    describe('000 · something else', () => {
      test('is measured', async ({ task }) => {
        expect(observe({ id: '000.x.judged', title: 'saving', unit: 'ratio', value: 0.7 })).toBeMeasured()
        await recordArtifact(task, {
          type: 'perf:table',
          table: { id: '000.x.sizes', title: 'Sizes', columns: ['model', 'file'], rows: [['x', '1.0 MiB']], notes: [] },
        })
      })
    })`,
  'failing.perf.ts': `
    import { criterion, failed } from './helpers.ts'
    criterion(failed, () => { throw new Error('18.4 % is more than 10 %') })`,
  'unmeasurable.perf.ts': `
    import { beforeAll, describe, test } from 'vitest'
    import { ClientBottleneckError, criterion, EngineStartError, passed } from './helpers.ts'
    test('needs a client', () => { throw new ClientBottleneckError('the client was the bottleneck') })
    describe('an engine that never comes up', () => {
      beforeAll(() => { throw new EngineStartError('starting the engine: no such file') })
      criterion(passed)
    })`,
  'crash.perf.ts': `
    import { test } from 'vitest'
    import { EngineCrashedError } from './helpers.ts'
    test('runs without a crash', () => { throw new EngineCrashedError('the engine died: signal SIGABRT') })`,
  'inconclusive.perf.ts': `
    import { test, recordArtifact } from 'vitest'
    import { inconclusive } from './helpers.ts'
    test('does not fall', async ({ task, skip }) => {
      await recordArtifact(task, { type: 'perf:assessment', assessment: inconclusive })
      skip('inconclusive: ' + inconclusive.reason)
    })`,
  'retried.perf.ts': `
    import { recordArtifact, test } from 'vitest'
    import { failed, passed } from './helpers.ts'
    test('is measured again', { retry: 1 }, async ({ task }) => {
      const again = task.result.retryCount > 0
      await recordArtifact(task, { type: 'perf:assessment', assessment: { ...(again ? passed : failed), id: '001.x.y' } })
      if (!again) throw new Error('regression')
    })`,
  'unhandled.perf.ts': `
    import { criterion, passed } from './helpers.ts'
    criterion(passed, async () => {
      void Promise.reject(new Error('nobody caught this'))
      await new Promise(resolve => setImmediate(resolve))
    })`,
  'ordinary.test.ts': `
    import { expect, test } from 'vitest'
    test('adds', () => expect(1 + 1).toBe(2))`,
}

const ERASE = '\r\u001b[2K'

let directory = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perf-reporter-'))
  await symlink(modules, join(directory, 'node_modules'))
  for (const [name, text] of Object.entries(files))
    await writeFile(join(directory, name), text.replace('OUTPUT', join(directory, 'output')))
})

afterAll(() => rm(directory, { recursive: true, force: true }))

/** Runs vitest in the project on the specs whose names contain one of `specs`. */
async function run(specs: string[], env: Record<string, string> = {}): Promise<{ code: number | null; text: string }> {
  const { NODE_OPTIONS, VITEST, VITEST_POOL_ID, VITEST_WORKER_ID, FORCE_COLOR, GITHUB_STEP_SUMMARY, CI, ...clean } =
    process.env
  const child = spawn(process.execPath, [vitest, 'run', ...specs], {
    cwd: directory,
    env: { ...clean, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', chunk => (text += chunk))
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  return { code, text: stripVTControlCharacters(text) }
}

const results = async () =>
  resultsSchema.parse(JSON.parse(await readFile(join(directory, 'output/latest/results.json'), 'utf8')))

describe('a healthy run', () => {
  let code: number | null = null
  let text = ''
  let summary = ''
  beforeAll(async () => {
    const path = join(directory, 'summary.md')
    const finished = await run(['healthy', 'ordinary'], { GITHUB_STEP_SUMMARY: path })
    ;({ code, text } = finished)
    summary = await readFile(path, 'utf8')
  })

  test('ends with 0', () => {
    expect(code, text).toBe(0)
  })

  test('says what will run, what each criterion measured, and where the results are', () => {
    const own = text
      .replace(/ \d+ ?ms$/gm, '')
      .split('\n')
      .filter(line => /^( engine| {2}\d| [✓–✗?!]| {4}[+a-z]| Verdicts| Results| Exit| To measure)/.test(line))
    expect(own.filter(line => !/^ {4}(event|prompt)/.test(line)).join('\n')).toMatchInlineSnapshot(`
      " engine   embedded llama.cpp
        0/264  0 %  21.8 req/s  12.11 s left  batch 1/3  001.sequential-batches
        264/264  100 %  21.8 req/s  batch 1/3  001.sequential-batches
       ✓ 001 · sequential batches > is measured
          baseline: throughput 21.8 vs 21.9 req/s (-0.5 %, noise 3.1 %, p 0.71) no change
       ✓ 001 · sequential batches > VRAM stays within 0.5 GiB
          +3.0 MiB (limit 0.50 GiB) · host memory of the engine (PSS) by [redacted] · 3 batches, 264 requests
       – 001 · sequential batches > the model stays loaded between batches
          not applicable: this engine does not tell which process serves the model
       ✓ |unit| ordinary.test.ts > adds
       Verdicts   2 pass · 0 fail · 0 inconclusive · 1 not applicable · 0 could not measure
       Results    output/runs/1/results.json
       To measure it: PERF_ENGINE_URL=http://127.0.0.1:8080 npx vitest run perf/"
    `)
  })

  test('prints no secret', () => {
    expect(text + summary).not.toContain('secret-key')
  })

  test('prints the summary of the plan', () => {
    expect(text).toContain('Final multi-batch summary · 001.sequential-batches')
    expect(text).toContain('✓ no memory leak detected')
    expect(text).toContain('go to 170K')
  })

  test('leaves other projects to the verbose reporter', () => {
    expect(text).toMatch(/^ ✓ \W?unit\W? ordinary\.test\.ts > adds \d+ms$/m)
  })

  test('writes the results, with the secret struck out, and points latest at them', async () => {
    const { items, metrics, engine, profile, exit } = await results()
    expect(exit).toEqual({ code: 0, reasons: [] })
    expect(items.map(({ id, verdict }) => `${id}: ${verdict}`)).toMatchInlineSnapshot(`
      [
        "healthy.perf.ts > 001 · sequential batches > is measured: pass",
        "001.sequential-batches.vram-delta: pass",
        "001.sequential-batches.stays-loaded: not applicable",
      ]
    `)
    expect(profile).toBe('quick')
    expect(engine?.runs).toHaveLength(1)
    expect(metrics.find(({ id }) => id === '001.sequential-batches.throughput')?.baseline?.verdict).toBe('no change')
    expect(items.find(({ id }) => id.endsWith('vram-delta'))?.evidence.line).toContain('by [redacted]')
    expect(await readlink(join(directory, 'output/latest'))).toBe('runs/1')
  })

  test("adds to GitHub's step summary", () => {
    expect(summary).toContain('| VRAM stays within 0.5 GiB (001.sequential-batches.vram-delta) | ✓ pass |')
  })
})

test('the results have the specs in the order in which they ran', async () => {
  await run(['order-'])
  expect((await results()).items.map(({ title }) => title)).toEqual(['comes first', 'comes second'])
})

test('on a terminal the progress is one line that nothing is mixed with', async () => {
  const path = join(directory, 'screen')
  const { code } = await run(['healthy'], { SCREEN: path })
  expect(code).toBe(0)
  const screen = await readFile(path, 'utf8')
  const lines = screen.split('\n')
  const bars = screen.split(ERASE).filter(part => /^ {2}[█░]{20} /.test(part))
  expect(bars).not.toEqual([])
  // Only a bar that fits the screen, followed by nothing, can be erased.
  for (const bar of bars) expect(bar.length).toBeLessThan(72)
  for (const bar of bars) expect(bar).not.toContain('\n')
  const left = lines.map(line => line.slice(line.lastIndexOf(ERASE) + 1))
  expect(left.filter(line => /[█░]/.test(line))).toEqual([])
})

describe('a run that measured something that a plan asks about', () => {
  let text = ''
  let summary = ''
  beforeAll(async () => {
    const path = join(directory, 'findings.md')
    ;({ text } = await run(['measures'], { GITHUB_STEP_SUMMARY: path }))
    summary = await readFile(path, 'utf8')
  })

  test('has a finding for each question in its results, all of them open where it says nothing of them', async () => {
    const { findings, metrics } = await results()
    expect(findings.map(({ id }) => id)).toEqual(questions.map(({ id }) => id))
    for (const finding of findings) expect(finding, finding.id).toMatchObject({ state: 'open' })
    expect(metrics).toEqual([{ id: '000.x.judged', title: 'saving', unit: 'ratio', value: 0.7 }])
  })

  test('prints its tables, its findings, and then the verdicts', () => {
    expect(text).toMatch(/Sizes · 000\.x\.sizes\n {3}model {5}file\n {3}x {6}1\.0 MiB\n/)
    expect(text).toMatch(/^ {3}open {5}Q\d+, Q\d+, [\s\S]*^ Verdicts {3}1 pass/m)
  })

  test('has them in the step summary', () => {
    expect(summary).toContain('| x | 1.0 MiB |')
    expect(summary).toMatch(/^\| Q\d+ \| .*\? \| open: .* \|$/m)
  })
})

test('a question at fault ends the run with 1, and what was measured is written', async () => {
  const finished = await run(['measures'], { FAULT: '1' })
  expect(finished.code, finished.text).toBe(1)
  expect(finished.text).toMatch(
    /Verdicts {3}1 pass[\s\S]*Exit code {2}1: .*\n +Q99 rests on 000\.x\.guess: no criterion/,
  )
  expect(await results()).toMatchObject({ metrics: [{ id: '000.x.judged' }], findings: [] })
})

test('a disk that does not take the results hides nothing: the verdicts and the step summary are there', async () => {
  const path = join(directory, 'anyway.md')
  const finished = await run(['healthy'], { FOLDER: '/dev/null/runs/1', GITHUB_STEP_SUMMARY: path })
  expect(finished.code, finished.text).toBe(3)
  expect(finished.text).toMatch(
    /Verdicts {3}2 pass[\s\S]*Exit code {2}3: could not measure\n +writing the results of the run/,
  )
  expect(await readFile(path, 'utf8')).toContain('✓ pass')
})

test.for<[string, string[], Record<string, string>, number, RegExp]>([
  [
    'a failed criterion',
    ['failing'],
    {},
    1,
    /Exit code {2}1: .*\n\s+001\.sequential-batches\.throughput-variance failed/,
  ],
  ['a crash after the first request', ['crash'], {}, 1, /1: .*\n\s+the engine died: signal SIGABRT/],
  [
    'nothing that could be measured',
    ['unmeasurable'],
    {},
    3,
    /3: could not measure\n.*bottleneck\n.*starting the engine/,
  ],
  ['a failure beside what could not be measured', ['failing', 'unmeasurable'], {}, 1, /Exit code {2}1/],
  ['an error that nobody caught', ['unhandled'], {}, 1, /1: .*\n\s+nobody caught this/],
  ['a criterion that passed when measured again', ['retried'], {}, 0, /1 pass · 0 fail/],
  ['an inconclusive criterion', ['inconclusive'], {}, 0, /1 inconclusive/],
  ['an inconclusive criterion when strict', ['inconclusive'], { STRICT: '1' }, 3, /is inconclusive \(PERF_STRICT\)/],
  ['a required criterion that did not run', ['healthy'], { REQUIRE: '009.x.y' }, 3, /009\.x\.y is required/],
])('%s ends the run with its code', async ([, specs, env, code, reason]) => {
  const finished = await run(specs, env)
  expect(finished.code, finished.text).toBe(code)
  expect(finished.text).toMatch(reason)
})
