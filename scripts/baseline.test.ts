import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { type Baseline, baselineFile, readBaseline } from '../helpers/baselines/index.ts'

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
    `import { appendFileSync, existsSync } from 'node:fs'
     import { appendRun } from ${JSON.stringify(join(helpers, 'store.ts'))}
     import { exampleStart } from ${JSON.stringify(join(helpers, 'example-start.ts'))}
     test('records', () => {
       appendFileSync('runs.log', (process.env.PERF_HARDWARE ?? 'none') + ' ' + expect.getState().snapshotState._updateSnapshot + '\\n')
       if (existsSync('broken')) throw new Error('the engine is broken')
       appendRun('baselines/hw/e--m.json', exampleStart({ at: new Date() }))
     })`,
  )
  return root
})

interface Ended {
  exitCode: number | null
  stdout: string
  stderr: string
}

function baseline(cwd: string, ...args: string[]): Promise<Ended> {
  const { PERF_HARDWARE: _, ...env } = process.env
  const child = spawn(process.execPath, [script, ...args], { cwd, env })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', exitCode => resolve({ exitCode, stdout, stderr }))
  })
}

const starts = (root: string) => {
  const read = readBaseline(join(root, 'baselines/hw/e--m.json'))
  const metrics: Baseline['metrics'] = read.state === 'read' ? read.baseline.metrics : {}
  return Object.values(metrics).map(metric => metric.runs.length)
}

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
