import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { runsAt } from '../helpers/compare/example-results.ts'
import { runScript } from '../helpers/testing/run-script.ts'

const script = join(import.meta.dirname, 'compare.ts')

/** Results of three runs of the base (b1 … b3), three like them (s1 …) and three that are 20 % slower (h1 …). */
const test = base.extend('project', async ({}, { onCleanup }) => {
  const root = await mkdtemp(join(tmpdir(), 'compare-script-'))
  onCleanup(() => rm(root, { recursive: true }))
  const sides = { b: runsAt([19.9, 20, 20.1]), s: runsAt([20.1, 20, 20]), h: runsAt([16, 16.1, 15.9]) }
  for (const [side, runs] of Object.entries(sides)) {
    for (const [index, { results }] of runs.entries()) {
      await mkdir(join(root, `${side}${index + 1}`))
      await writeFile(join(root, `${side}${index + 1}/results.json`), JSON.stringify(results))
    }
  }
  return root
})

const compare = (cwd: string, ...args: string[]) => runScript(script, args, { cwd })

describe('npm run compare', () => {
  test('a regression found with enough starts ends with 1', async ({ project }) => {
    const { exitCode, stdout } = await compare(project, 'b1', 'b2', 'b3', '--', 'h1', 'h2', 'h3')
    expect(stdout).toContain('base · 3 runs\n  b1\n  b2\n  b3\nhead · 3 runs\n  h1\n  h2\n  h3\n')
    expect(stdout).toMatch(/001\.sequential-batches\.throughput +20\.0 req\/s +16\.0 req\/s +-20\.0 % .* regressed/)
    expect(stdout).toMatch(/\nMetrics {2}1 regressed\n$/)
    expect(exitCode).toBe(1)
  })

  test('runs that are alike end with 0', async ({ project }) => {
    const { exitCode, stdout } = await compare(project, 'b1', 'b2', 'b3', '--', 's1', 's2', 's3/results.json')
    expect(stdout).toMatch(/\nMetrics {2}1 no change\n$/)
    expect(exitCode).toBe(0)
  })

  test('two single runs get a change and no verdict, whatever it is', async ({ project }) => {
    const { exitCode, stdout } = await compare(project, 'b1', 'h1')
    expect(stdout).toMatch(/-19\.6 % +-\d\d\.\d % to -\d\d\.\d % +– +– +unknown/)
    expect(stdout).toContain("this change may be the starts' own noise")
    expect(exitCode).toBe(0)
  })

  test('--markdown prints a page', async ({ project }) => {
    const { exitCode, stdout } = await compare(project, '--markdown', 'b1', 'b2', 'b3', '--', 'h1')
    expect(stdout).toMatch(/^## Comparison\n\n\*\*1 regressed\*\*\n\n- base: `b1`, `b2`, `b3`\n- head: `h1`\n/)
    expect(stdout).toContain('| metric | base | head | change |')
    expect(exitCode).toBe(1)
  })

  test.for<[args: string[], message: string]>([
    [[], '0 runs and no -- between the sides; allowed: two runs, or <base>… -- <head>…'],
    [['b1'], '1 runs and no --'],
    [['b1', 'b2', 'h1'], '3 runs and no --'],
    [['b1', '--'], '1 runs before -- and 0 after it'],
    [['--html', 'b1', 'h1'], "Unknown option '--html'"],
    [['b1', 'nowhere'], 'reading the results nowhere: Error: ENOENT'],
    [['b1', 'broken.json'], 'it is not JSON'],
    [['b1', 'b1', '--', 'h1'], 'b1 and b1 are the same run'],
  ])('%j ends with 2 and says why', async ([args, message], { project }) => {
    await writeFile(join(project, 'broken.json'), '{')
    const { exitCode, stdout, stderr } = await compare(project, ...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })

  test('--help explains', async ({ project }) => {
    const { exitCode, stdout } = await compare(project, '--help')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('npm run compare -- [--markdown] <base>… -- <head>…')
  })
})
