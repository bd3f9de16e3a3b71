import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { exampleItem, exampleResults } from '../helpers/gate/example-results.ts'
import { commentMark } from '../helpers/gate/index.ts'

const script = join(import.meta.dirname, 'gate.ts')
const verdict = join(import.meta.dirname, 'gate-verdict.ts')

/**
 * A folder with a vitest project of its own, whose two specs leave results as a run does and end as `exit-code` says. What
 * the suite makes of results, options and signals is tested with it; here only what the gate makes of a run.
 */
const test = base.extend('project', async ({}, { onCleanup }) => {
  const root = await mkdtemp(join(tmpdir(), 'gate-script-'))
  onCleanup(() => rm(root, { recursive: true }))
  await mkdir(join(root, 'perf'))
  const results = exampleResults([exampleItem('001.a.one', 'pass'), exampleItem('001.a.two', 'fail')])
  await writeFile(join(root, 'results.json'), JSON.stringify(results))
  await writeFile(
    join(root, 'vitest.config.mjs'),
    `import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
     const run = 'out/runs/2026-01-02T03-04-05-' + process.pid
     export default { test: { globals: true, include: ['perf/*.perf.mjs'], reporters: [{
       onTestRunEnd(modules) {
         if (modules.length === 0) return
         appendFileSync('seen.log', JSON.stringify({ ci: process.env.CI, required: process.env.PERF_REQUIRE,
           specs: modules.map(module => module.relativeModuleId) }) + '\\n')
         mkdirSync(run, { recursive: true })
         if (existsSync('results.json')) copyFileSync('results.json', run + '/results.json')
         console.error('the last words, with a secret')
         if (process.env.GITHUB_STEP_SUMMARY) appendFileSync(process.env.GITHUB_STEP_SUMMARY, 'of the run\\n')
         const code = Number(readFileSync('exit-code', 'utf8'))
         process.on('exit', () => { process.exitCode = code })
       } }] } }`,
  )
  for (const name of ['a', 'b'])
    await writeFile(
      join(root, `perf/${name}.perf.mjs`),
      `import { existsSync, writeFileSync } from 'node:fs'
       test('x', async () => {
         if (!existsSync('hang')) return
         writeFileSync('hangs', '')
         await new Promise(() => setInterval(() => {}, 1000))
       }, 60_000)`,
    )
  await writeFile(join(root, 'exit-code'), '0')
  return root
})

interface Ended {
  exitCode: number
  stdout: string
  stderr: string
}

function start(program: string, cwd: string, args: string[], env: Record<string, string> = {}) {
  const clean = Object.entries(process.env).filter(([name]) => !/^(PERF_|GITHUB_|VITEST|CI$)/.test(name))
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...Object.fromEntries(clean), PERF_OUTPUT: 'out', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve({ exitCode: code ?? 128 + constants.signals[signal ?? 'SIGKILL'], stdout, stderr }),
    )
  })
  return { child, ended }
}

const gate = (cwd: string, args: string[] = [], env: Record<string, string> = {}) => start(script, cwd, args, env).ended

/** What the specs saw, a run each. */
async function seen(project: string): Promise<{ ci: string; required?: string; specs: string[] }[]> {
  const text = await readFile(join(project, 'seen.log'), 'utf8')
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

async function runFolder(project: string): Promise<string> {
  const [name = ''] = await readdir(join(project, 'out/runs'))
  return join(project, 'out/runs', name)
}

describe('npm run gate', () => {
  test.for<[code: string, word: string]>([
    ['0', 'passed'],
    ['1', 'failed'],
    ['143', 'terminated'],
  ])('ends with the exit code of the run, %s, and says: %s', async ([code, word], { project }) => {
    await writeFile(join(project, 'exit-code'), code)
    const { exitCode, stdout } = await gate(project)
    expect(exitCode).toBe(Number(code))
    expect(stdout).toContain(`\nGate  exit code ${code}, ${word}: `)
    const folder = await runFolder(project)
    expect(await readFile(join(folder, 'comment.md'), 'utf8')).toContain(
      `Performance gate: ${word} (exit code ${code})`,
    )
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('</html>')
    expect(JSON.parse(await readFile(join(folder, 'gate.json'), 'utf8'))).toMatchObject({
      exitCode: Number(code),
      shard: null,
    })
  })

  test('runs as CI does: all of perf/, baselines not written', async ({ project }) => {
    await gate(project, [], { PERF_REQUIRE: '001.a.one' })
    expect(await seen(project)).toEqual([
      { ci: 'true', required: '001.a.one', specs: ['perf/a.perf.mjs', 'perf/b.perf.mjs'] },
    ])
  })

  test('a shard has its part of the specs, and nothing is required of it', async ({ project }) => {
    const env = { PERF_REQUIRE: '001.a.one' }
    await gate(project, ['--shard', '1/2'], env)
    await gate(project, ['--shard', '2/2', 'perf/a', 'perf/b'], env)
    const runs = await seen(project)
    expect(runs.map(({ required }) => required)).toEqual(['', ''])
    expect(runs.flatMap(({ specs }) => specs).sort()).toEqual(['perf/a.perf.mjs', 'perf/b.perf.mjs'])
  })

  test('a run without results is told by its last words, without the secret', async ({ project }) => {
    await rm(join(project, 'results.json'))
    await writeFile(join(project, 'exit-code'), '2')
    const { exitCode } = await gate(project, [], { PERF_API_KEY: 'secret' })
    expect(exitCode).toBe(2)
    const comment = await readFile(join(await runFolder(project), 'comment.md'), 'utf8')
    expect(comment).toContain('- the last words, with a \\[redacted\\]\n')
    expect(comment).toContain('No results were written.')
  })

  test('a run that made no folder gets one', async ({ project }) => {
    const { exitCode, stdout } = await gate(project, ['perf/nothing-of-that-name'])
    expect(exitCode).toBe(1)
    expect(stdout).toContain('no results were written')
    const folder = await runFolder(project)
    expect(folder).toMatch(/-gate$/)
    expect(await readFile(join(folder, 'comment.md'), 'utf8')).toContain('No results were written.')
  })

  test.for<[code: string, ours: number]>([
    ['0', 3],
    ['1', 1],
  ])('a report that cannot be written is told, and makes of %s a %i', async ([code, ours], { project }) => {
    await writeFile(join(project, 'exit-code'), code)
    await writeFile(join(project, 'results.json'), '{ "schema": 2 }')
    const { exitCode, stdout, stderr } = await gate(project)
    expect(exitCode).toBe(ours)
    expect(stdout).toContain(`Gate  exit code ${code}`)
    expect(stderr).toContain('gate: reading its results: ')
    expect(stderr).toContain('its schema is 2')
  })

  test('tells GitHub: an annotation, and the headline above the summary of the run', async ({ project }) => {
    await writeFile(join(project, 'exit-code'), '1')
    const summary = join(project, 'summary.md')
    const { stdout } = await gate(project, [], { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary })
    expect(stdout).toMatch(/^::error title=Performance gate%3A failed \(exit code 1\)::.*001\.a\.two: line of/m)
    expect(await readFile(summary, 'utf8')).toMatch(/^## ✗ Performance gate: failed[\s\S]*\nof the run\n$/)
  })

  test('a job that is cancelled ends vitest too', async ({ project }) => {
    await writeFile(join(project, 'hang'), '')
    const { child, ended } = start(script, project, [])
    await expect.poll(() => existsSync(join(project, 'hangs')), { timeout: 30_000 }).toBe(true)
    child.kill('SIGINT')
    const { exitCode, stdout } = await ended
    expect(exitCode).toBe(130)
    expect(stdout).toContain('Gate  exit code 130, interrupted')
  })

  test('refuses what it does not know before anything runs', async ({ project }) => {
    const { exitCode, stderr } = await gate(project, ['--update'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain("Unknown option '--update'")
    expect(existsSync(join(project, 'seen.log'))).toBe(false)
  })
})

describe('npm run gate:verdict', () => {
  /** Runs both shards, as two jobs would, with an exit code each. */
  async function shards(project: string, codes: [string, string]): Promise<void> {
    for (const [i, code] of codes.entries()) {
      await writeFile(join(project, 'exit-code'), code)
      const items = [exampleItem(`001.a.of-shard-${i + 1}`, code === '1' ? 'fail' : 'pass')]
      await writeFile(join(project, 'results.json'), JSON.stringify(exampleResults(items)))
      await gate(project, ['--shard', `${i + 1}/2`], { PERF_OUTPUT: 'out' })
    }
  }

  const say = (project: string, env: Record<string, string> = {}) => start(verdict, project, ['out'], env).ended

  test('one result, one report, one comment from all shards', async ({ project }) => {
    await shards(project, ['0', '0'])
    const { exitCode, stdout } = await say(project, { PERF_REQUIRE: '001.a.of-shard-1,001.a.of-shard-2' })
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('2 pass') })
    const merged = JSON.parse(await readFile(join(project, 'out/verdict/results.json'), 'utf8'))
    expect(merged.items.map(({ id }: { id: string }) => id).sort()).toEqual(['001.a.of-shard-1', '001.a.of-shard-2'])
    expect(await readFile(join(project, 'out/verdict/report.html'), 'utf8')).toContain('001.a.of-shard-2')
    expect(await readFile(join(project, 'out/verdict/comment.md'), 'utf8')).toMatch(new RegExp(`^${commentMark}`))
  })

  test('what a shard failed fails the whole, by name', async ({ project }) => {
    await shards(project, ['0', '1'])
    const { exitCode, stdout } = await say(project)
    expect(exitCode).toBe(1)
    expect(stdout).toContain('shard 2 of 2: 001.a.of-shard-2: line of')
  })

  test('what is required must be judged by one of them', async ({ project }) => {
    await shards(project, ['0', '0'])
    const { exitCode, stdout } = await say(project, { PERF_REQUIRE: '001.a.elsewhere' })
    expect(exitCode).toBe(3)
    expect(stdout).toContain('001.a.elsewhere is required (PERF_REQUIRE) and did not run')
  })

  test('a shard that is not there is not green', async ({ project }) => {
    await gate(project, ['--shard', '1/2'])
    const { exitCode, stdout } = await say(project)
    expect(exitCode).toBe(3)
    expect(stdout).toContain('shard 2 of 2 left no result')
  })

  test('neither is a folder that no job filled', async ({ project }) => {
    const { exitCode, stdout } = await say(project)
    expect(exitCode).toBe(3)
    expect(stdout).toContain('no run left a result')
    expect(await readFile(join(project, 'out/verdict/comment.md'), 'utf8')).toContain('could not measure')
  })

  test('refuses what is no folder', async ({ project }) => {
    expect(await start(verdict, project, []).ended).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('0 folders'),
    })
  })
})
