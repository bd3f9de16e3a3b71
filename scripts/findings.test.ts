import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { questions } from '../helpers/findings/questions/index.ts'
import type { Results } from '../helpers/reporting/index.ts'
import { runScript } from '../helpers/testing/run-script.ts'

const script = join(import.meta.dirname, 'findings.ts')

const results = (metricId: string): Results => ({
  schema: 1,
  startedAt: '2026-01-02T03:04:05.000Z',
  profile: 'quick',
  exit: null,
  host: { hardware: null, platform: 'linux x64', cpu: 'EPYC', cores: 2, ramBytes: 2 ** 34, node: 'v24.21.0' },
  engine: null,
  items: [],
  metrics: [{ id: metricId, unit: 'ms', value: 7 }],
  tables: [],
  charts: [],
  samples: [],
  findings: [],
})

/** A folder with the results of a run, as a run leaves them. */
const test = base.extend('project', async ({}, { onCleanup }) => {
  const root = await mkdtemp(join(tmpdir(), 'findings-script-'))
  onCleanup(() => rm(root, { recursive: true }))
  const output = join(root, '.vitest/perf')
  await mkdir(join(output, 'runs/1'), { recursive: true })
  await symlink('runs/1', join(output, 'latest'))
  await writeFile(join(output, 'runs/1/results.json'), JSON.stringify(results('000.x.load-time')))
  return root
})

const run = (cwd: string, args: string[], env: Record<string, string> = {}) => runScript(script, args, { cwd, env })

describe('npm run findings', () => {
  test('answers from the newest run', async ({ project }) => {
    const { exitCode, stdout } = await run(project, [])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^Findings · 0 answered, \d+ open\n/)
    expect(stdout).toContain('Measured 2026-01-02T03:04:05.000Z · profile quick · EPYC, 2 cores, 16.00 GiB')
    for (const { id } of questions) expect(stdout).toMatch(new RegExp(`^${id} .*\\?`, 'm'))
  })

  test.for([
    ['a file', '.vitest/perf/runs/1/results.json', {}],
    ["a run's folder", '.vitest/perf/runs/1', {}],
    ['the folder of PERF_OUTPUT', null, { PERF_OUTPUT: 'elsewhere' }],
  ] as const)('answers from %s', async ([, path, env], { project }) => {
    await symlink('.vitest/perf', join(project, 'elsewhere'))
    const { exitCode, stdout } = await run(project, path ? [path] : [], env)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Findings · ')
  })

  test('--markdown prints a page', async ({ project }) => {
    const { exitCode, stdout } = await run(project, ['--markdown'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^# Findings\n\n0 answered, \d+ open\. Measured /)
    for (const { id, question } of questions) expect(stdout).toContain(`## ${id} · ${question}`)
  })

  test('says so where the run measured nothing that is asked about', async ({ project }) => {
    await writeFile(join(project, 'other.json'), JSON.stringify(results('001.x.load-time')))
    const { exitCode, stdout, stderr } = await run(project, ['other.json'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' })
    expect(stderr).toContain('other.json measured nothing that plans 000 and 003 ask about')
  })

  test.for<[args: string[], message: string]>([
    [['nowhere'], 'reading the results nowhere: Error: ENOENT'],
    [['.vitest/perf/runs'], 'results.json'],
    [['package.json'], 'it has no `schema`, so it is no results.json of this suite'],
    [['broken.json'], 'it is not JSON'],
    [['newer.json'], 'its schema is 2; this version of the suite reads 1'],
    [['a', 'b'], 'one results file at a time; also given: b'],
    [['--html'], "Unknown option '--html'"],
  ])('%j ends with 2 and says why', async ([args, message], { project }) => {
    await writeFile(join(project, 'package.json'), '{ "name": "x" }')
    await writeFile(join(project, 'broken.json'), '{')
    await writeFile(join(project, 'newer.json'), '{ "schema": 2 }')
    const { exitCode, stdout, stderr } = await run(project, args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })

  test('--help explains', async ({ project }) => {
    const { exitCode, stdout } = await run(project, ['--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('npm run findings -- [results.json | run folder]')
  })
})
