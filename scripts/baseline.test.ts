import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { exampleStart } from '../helpers/baselines/example-start.ts'
import { appendRun, type Baseline, baselineFile, readBaseline } from '../helpers/baselines/index.ts'
import { exampleItem, exampleResults } from '../helpers/compare/example-results.ts'
import { runScript } from '../helpers/testing/run-script.ts'

const script = join(import.meta.dirname, 'baseline.ts')
const helpers = join(import.meta.dirname, '../helpers/baselines')

/** A folder with a vitest project of its own: its spec records a start like a real one, and fails when told. */
const test = base.extend('project', async ({}, { onCleanup }) => {
  const root = await mkdtemp(join(tmpdir(), 'baseline-script-'))
  onCleanup(() => rm(root, { recursive: true }))
  await mkdir(join(root, 'perf'))
  await writeFile(
    join(root, 'vitest.config.mjs'),
    "export default { test: { globals: true, include: ['perf/*.perf.mjs'] } }",
  )
  await writeFile(
    join(root, 'perf/a.perf.mjs'),
    `import { appendFileSync, existsSync, readFileSync } from 'node:fs'
     import { appendRun } from ${JSON.stringify(join(helpers, 'store.ts'))}
     import { exampleStart } from ${JSON.stringify(join(helpers, 'example-start.ts'))}
     test('records', () => {
       appendFileSync('runs.log', (process.env.PERF_HARDWARE ?? 'none') + ' ' + expect.getState().snapshotState._updateSnapshot + '\\n')
       if (existsSync('broken')) throw new Error('the engine is broken')
       if (readFileSync('runs.log', 'utf8').split('\\n').length > Number(process.env.FAILS_AT ?? 99)) throw new Error('the engine is worn out')
       const level = Number(process.env.LEVEL ?? 20)
       const samples = [0.99, 0.995, 1, 1.005, 1.01].map(factor => level * factor)
       if (!existsSync('disturbed')) appendRun('baselines/hw/e--m.json', exampleStart({ at: new Date(), samples }))
     })`,
  )
  return root
})

const baseline = (cwd: string, ...args: string[]) => runScript(script, args, { cwd })
const baselineWith = (env: Record<string, string>, cwd: string, ...args: string[]) =>
  runScript(script, args, { cwd, env })

const file = (root: string) => join(root, 'baselines/hw/e--m.json')

/** Three starts of last year at 20 req/s. */
function recordBefore(root: string): void {
  for (const [day, level] of [19.9, 20, 20.1].entries()) {
    const samples = [0.99, 0.995, 1, 1.005, 1.01].map(factor => level * factor)
    appendRun(file(root), exampleStart({ at: new Date(Date.UTC(2025, 0, day + 1)), samples }))
  }
}

const metrics = (root: string): Baseline['metrics'][string][] => {
  const read = readBaseline(file(root))
  return read.state === 'read' ? Object.values(read.baseline.metrics) : []
}

/** A line each. */
const runs = (root: string): string[] => readFileSync(join(root, 'runs.log'), 'utf8').trim().split('\n')
const starts = (root: string) => metrics(root).map(({ runs }) => runs.length)
/** The medians of the recorded starts. */
const levels = (root: string) => metrics(root).map(({ runs }) => runs.map(({ samples }) => samples[2]))

describe('npm run baseline', () => {
  test('--help explains and runs nothing', async ({ project }) => {
    const { exitCode, stdout } = await baseline(project, '--help')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('npm run baseline -- [--starts 5]')
    await expect(readFile(join(project, 'runs.log'))).rejects.toThrow('ENOENT')
  })

  test.for<[args: string[], message: string]>([
    [['--starts', '0'], '--starts is "0"; allowed: 1 to 7'],
    [['--starts', '8'], '--starts is "8"; allowed: 1 to 7'],
    [['--starts', 'many'], '--starts is "many"; allowed: 1 to 7'],
    [['--starts'], "'--starts <value>' argument missing"],
    [['--start', '5'], "Unknown option '--start'"],
    [['--hardware', '../x'], 'the hardware id (PERF_HARDWARE) is "../x"; allowed:'],
    [['--', '-u'], '"-u" is no filter'],
    [['--improved', '--replace'], '--improved and --replace exclude each other'],
    [['--improved', '--starts', '2'], '--improved with --starts 2; allowed with it: 3 to 7'],
  ])('%j is refused before anything runs', async ([args, message], { project }) => {
    const { exitCode, stderr } = await baseline(project, ...args)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(message)
    await expect(readFile(join(project, 'runs.log'))).rejects.toThrow('ENOENT')
  })

  test('runs vitest with -u as often as asked, each a process of its own, and says what was written', async ({
    project,
  }) => {
    const { exitCode, stderr } = await baseline(project, '--starts', '2', '--hardware', 'lab-1')
    expect(stderr).toContain('baseline: engine start 2 of 2')
    expect(stderr).toContain('baselines/hw/e--m.json: 1 metrics, 2 to 2 starts each')
    expect(exitCode).toBe(0)
    expect(await readFile(join(project, 'runs.log'), 'utf8')).toBe('lab-1 all\nlab-1 all\n')
    expect(starts(project)).toEqual([2])
  })

  test('--replace forgets what was there before', async ({ project }) => {
    await baseline(project, '--starts', '1')
    const { exitCode } = await baseline(project, '--starts', '1', '--replace')
    expect(exitCode).toBe(0)
    expect(starts(project)).toEqual([1])
  })

  test('--improved replaces what improved, and says so', async ({ project }) => {
    recordBefore(project)
    const { exitCode, stderr } = await baselineWith({ LEVEL: '25' }, project, '--starts', '3', '--improved')
    expect(stderr).toContain(
      '001.sequential-batches.throughput: 25.0 req/s vs 20.0 req/s (+25.0 %) improved: the new starts replace the old ones',
    )
    expect(exitCode).toBe(0)
    expect(levels(project)).toEqual([[25, 25, 25]])
  })

  test('--improved puts back what was there when a run fails', async ({ project }) => {
    recordBefore(project)
    const before = await readFile(file(project), 'utf8')
    const { exitCode, stderr } = await baselineWith(
      { LEVEL: '25', FAILS_AT: '2' },
      project,
      '--starts',
      '3',
      '--improved',
    )
    expect(exitCode, stderr).toBe(1)
    expect(stderr).toContain('baselines/hw/e--m.json is as it was before.')
    expect(await readFile(file(project), 'utf8')).toBe(before)
  })

  test('nothing recorded ends with 3', async ({ project }) => {
    await writeFile(join(project, 'disturbed'), '')
    const { exitCode, stderr } = await baseline(project, '--starts', '1')
    expect(exitCode).toBe(3)
    expect(stderr).toContain('nothing was written')
    expect(stderr).toContain('The recording is not complete.')
  })

  describe('a start that a disturbed host kept from being recorded', () => {
    const id = '001.extended-stress.baseline-throughput'
    const reason = 'not recorded: the host was disturbed: other processes took 9.0 % of the CPU in batch 2'

    /** @param times the first runs, which are disturbed. */
    const disturbed = (project: string, times: number): Promise<void> =>
      writeFile(
        join(project, 'perf/b.perf.mjs'),
        `import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
         test('leaves results', () => {
           mkdirSync('.vitest/perf/latest', { recursive: true })
           const results = ${JSON.stringify(exampleResults({ items: [{ ...exampleItem(id, 'inconclusive'), reason }] }))}
           appendFileSync('disturbed.log', 'x')
           if (readFileSync('disturbed.log').length > ${times}) results.items = []
           writeFileSync('.vitest/perf/latest/results.json', JSON.stringify({ ...results, startedAt: new Date() }))
         })`,
      )

    test('is made again', async ({ project }) => {
      await disturbed(project, 1)
      const { exitCode, stderr } = await baseline(project, '--starts', '2')
      expect(exitCode, stderr).toBe(0)
      expect(stderr).toContain(`start 1 is made again: ${id} ${reason}`)
      expect(stderr).not.toContain('not complete')
      expect(runs(project)).toHaveLength(3)
    })

    test('as many times as starts are asked for; then it is said, and ends with 3', async ({ project }) => {
      recordBefore(project)
      await disturbed(project, 99)
      const { exitCode, stderr } = await baseline(project, '--starts', '1', '--replace')
      expect(exitCode, stderr).toBe(3)
      expect(stderr).toContain(`start 1: ${id} ${reason}`)
      expect(stderr).toContain('The older starts were kept.')
      expect(runs(project)).toHaveLength(2)
    })
  })

  test('a server behind a URL is recorded one start at a time', async ({ project }) => {
    const behindUrl = { PERF_ENGINE_URL: 'http://127.0.0.1:8080' }
    const { exitCode, stderr } = await baselineWith(behindUrl, project, '--starts', '5')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('--starts is 5, but a server behind PERF_ENGINE_URL is not restarted')
    expect((await baselineWith(behindUrl, project)).exitCode).toBe(0)
    expect(starts(project)).toEqual([1])
  })

  test('stops at the first failing run with its exit code, and keeps what was there', async ({ project }) => {
    await baseline(project, '--starts', '1')
    await writeFile(join(project, 'broken'), '')
    const { exitCode, stderr } = await baseline(project, '--starts', '3', '--replace')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('start 1 of 3 ended with exit code 1; no more were run')
    expect(stderr).toContain('nothing was written')
    expect(starts(project)).toEqual([1])
  })

  test('passes on that a filter matches no spec', async ({ project }) => {
    const { exitCode } = await baseline(project, 'perf/nothing-of-that-name')
    expect(exitCode).toBe(1)
  })
})

test('the file that a spec writes is the one that is reported', () => {
  expect(baselineFile('.', 'hw', 'e', 'm')).toBe('baselines/hw/e--m.json')
})
