import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { exampleResults } from '../helpers/report/example-results.ts'
import { resultsSchema } from '../helpers/reporting/index.ts'
import { runScript } from '../helpers/testing/run-script.ts'

const script = join(import.meta.dirname, 'report.ts')

/** A folder with the results of a run, as a run leaves them, and of the two shards of another. */
const test = base.extend('project', async ({}, { onCleanup }) => {
  const root = await mkdtemp(join(tmpdir(), 'report-script-'))
  onCleanup(() => rm(root, { recursive: true }))
  const output = join(root, '.vitest/perf')
  await mkdir(join(output, 'runs/1/recommended'), { recursive: true })
  await symlink('runs/1', join(output, 'latest'))
  await writeFile(join(output, 'runs/1/results.json'), JSON.stringify(exampleResults()))
  await writeFile(join(output, 'runs/1/recommended/production.yaml'), 'batch_size: 128\n')
  const { items, ...rest } = exampleResults({ metrics: [], tables: [], charts: [], samples: [], findings: [] })
  await writeFile(join(root, 'a.json'), JSON.stringify({ ...rest, items: items.slice(0, 2) }))
  await writeFile(join(root, 'b.json'), JSON.stringify({ ...rest, items: items.slice(2) }))
  await writeFile(join(root, 'full.json'), JSON.stringify({ ...rest, items, profile: 'full' }))
  return root
})

const run = (cwd: string, args: string[], env: Record<string, string> = {}) => runScript(script, args, { cwd, env })

describe('npm run report', () => {
  test('writes the page of the newest run into its folder, with what the run recommends', async ({ project }) => {
    const { exitCode, stdout } = await run(project, [])
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '.vitest/perf/latest/report.html\n' })
    const page = await readFile(join(project, '.vitest/perf/runs/1/report.html'), 'utf8')
    expect(page).toContain('<h1>1 of 4 criteria failed, and 1 could not be measured.</h1>')
    expect(page).toContain('batch_size: 128')
  })

  test.for([
    ['a file', '.vitest/perf/runs/1/results.json', {}],
    ["a run's folder", '.vitest/perf/runs/1', {}],
    ['the folder of PERF_OUTPUT', null, { PERF_OUTPUT: 'elsewhere' }],
  ] as const)('reads %s', async ([, path, env], { project }) => {
    await symlink('.vitest/perf', join(project, 'elsewhere'))
    const { exitCode, stdout } = await run(project, path ? [path] : [], env)
    expect(exitCode).toBe(0)
    expect(await readFile(join(project, stdout.trim()), 'utf8')).toContain('batch_size: 128')
  })

  test('--out says where', async ({ project }) => {
    const { stdout } = await run(project, ['--out', 'page.html'])
    expect(stdout).toBe('page.html\n')
    expect(await readFile(join(project, 'page.html'), 'utf8')).toMatch(/^<!doctype html>/)
  })

  test('--markdown prints a comment', async ({ project }) => {
    const { exitCode, stdout } = await run(project, ['--markdown'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^## Performance of the LLM engine\n\n\*\*1 of 4 criteria failed/)
  })

  test('--json merges the parts of a run', async ({ project }) => {
    const { exitCode, stdout } = await run(project, ['a.json', 'b.json', '--json'])
    expect(exitCode).toBe(0)
    const merged = resultsSchema.parse(JSON.parse(stdout))
    expect(merged.items).toEqual(exampleResults().items)
  })

  test('a page of several files names them', async ({ project }) => {
    const { exitCode, stdout } = await run(project, ['a.json', 'b.json'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'report.html\n' })
    expect(await readFile(join(project, 'report.html'), 'utf8')).toContain('Merged from 2 results files')
  })

  test.for<[args: string[], exitCode: number, message: string]>([
    [['nowhere'], 2, 'reading the results nowhere: Error: ENOENT'],
    [['a.json', 'full.json'], 2, 'merging a.json and full.json: the profile of the first is quick, of the second full'],
    [['--markdown', '--json'], 2, '--markdown and --json are two forms: give one'],
    [['--pdf'], 2, "Unknown option '--pdf'"],
    [['--out', 'no/such/folder.html'], 3, 'writing the report to no/such/folder.html'],
  ])('%j ends with %i and says why', async ([args, expected, message], { project }) => {
    const { exitCode, stdout, stderr } = await run(project, args)
    expect({ exitCode, stdout }).toEqual({ exitCode: expected, stdout: '' })
    expect(stderr).toContain(message)
  })

  test('--help says what it takes', async ({ project }) => {
    const { exitCode, stdout } = await run(project, ['--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('npm run report -- [results.json | run folder]…')
  })
})
