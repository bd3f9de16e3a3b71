import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startFaultServer } from '../testing/fault-server/index.ts'
import { type PackedRepository, packRepository } from '../testing/packed-repository.ts'
import { type PerfRun, startPerfRun } from '../testing/perf-run.ts'

let packed: PackedRepository
/** A project with everything that the example's package.json names. */
let project: string

/** Where a project has the package. */
const own = 'node_modules/vitest-llm-perf'

const tools = ['vitest', 'node-llama-cpp', 'typescript', '@types/node']

/** Compiling takes a few seconds; a minute beside other work. */
const BUILD_LIMIT_MS = 300_000

beforeAll(async () => {
  packed = await packRepository()
  project = await packed.install(tools)
}, BUILD_LIMIT_MS)
afterAll(() => packed[Symbol.asyncDispose]())

describe('the tarball', () => {
  test('holds JavaScript with types, no sources, no tests, nothing that only tests use', () => {
    const compiled = packed.files.filter(path => path.startsWith('dist/'))
    const others = packed.files.filter(path => !/^(dist|docs)\//.test(path))
    expect(others.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json'])
    expect(compiled.filter(path => /(?<!\.d)\.ts$|\.test\.|-for-tests|testing|example-|fake-/.test(path))).toEqual([])
    for (const path of compiled.filter(path => path.endsWith('.js')))
      expect(compiled).toContain(path.replace(/\.js$/, '.d.ts'))
  })

  test('is small', () => {
    expect(packed.size).toBeLessThan(2 * 2 ** 20)
    expect(packed.unpackedSize).toBeLessThan(8 * 2 ** 20)
  })

  test('brings neither Node, nor scripts, nor tools, and is not private', () => {
    for (const field of ['optionalDependencies', 'devDependencies', 'scripts', 'allowScripts', 'private'])
      expect(packed.manifest).not.toHaveProperty(field)
    expect(packed.manifest).toMatchObject({
      name: 'vitest-llm-perf',
      license: 'MIT',
      peerDependencies: { vitest: expect.any(String), 'node-llama-cpp': expect.any(String) },
      peerDependenciesMeta: { 'node-llama-cpp': { optional: true } },
    })
  })

  test('declares what it imports, and nothing else', () => {
    const imported = packed.files
      .filter(path => path.endsWith('.js'))
      .flatMap(path => packagesIn(join(project, own, path)))
    const { dependencies, peerDependencies } = packed.manifest
    expect([...new Set(imported)].toSorted()).toEqual(Object.keys({ ...dependencies, ...peerDependencies }).toSorted())
  })

  test('leaves the repository as it was', () => {
    const [own, copied] = [process.cwd(), packed.copy].map(folder => readFileSync(join(folder, 'package.json'), 'utf8'))
    expect(copied).toBe(own)
    expect(readdirSync(packed.copy).filter(name => name.startsWith('package.json'))).toEqual(['package.json'])
  })
})

describe('a project that installs it', () => {
  test('finds each of its entries, with types that hold', async () => {
    await writeFile(join(project, 'perf/entries.ts'), entriesAsUsed(Object.keys(packed.manifest.exports)))
    for (const resolution of [
      ['nodenext', 'nodenext'],
      ['preserve', 'bundler'],
    ]) {
      const [module = '', moduleResolution = ''] = resolution
      const { exitCode, text } = await node(project, 'node_modules/typescript/bin/tsc', [
        ...['-p', '.', '--module', module, '--moduleResolution', moduleResolution],
      ])
      expect(exitCode, text).toBe(0)
    }
  })

  test('can use the load client, the sampler, the model pool and the results without vitest', async () => {
    const bare = await packed.install([])
    const entries = ['load', 'sampling', 'model-pool', 'results']
    const program = `
      const entries = await Promise.all(${JSON.stringify(entries)}.map(name => import('vitest-llm-perf/' + name)))
      const [{ StreamClient }, { startSampler }, { ModelPool }, { readResults }] = entries
      await using sampler = await startSampler({ seriesFile: 'series.jsonl', suiteRoot: process.pid })
      const { cpuCores } = await sampler.read()
      console.log([StreamClient, ModelPool, readResults].map(value => typeof value).join(), existsSync('series.jsonl'))
    `
    await writeFile(join(bare, 'uses.js'), `import { existsSync } from 'node:fs'\n${program}`)
    const { exitCode, text } = await node(bare, 'uses.js')
    expect(text).toBe('function,function,function true\n')
    expect(exitCode).toBe(0)
  })

  test('runs its own spec on the embedded engine', async () => {
    await using run = await startPerfRun('perf/', {}, { folder: project })
    await run.until(() => run.records().length > 0)
    const programs = run.processes().map(commandLine)
    expect(programs).toContainEqual(
      expect.stringContaining(join(project, own, 'dist/helpers/engines/embedded/server-process.js')),
    )
    expect(await run.ended(), run.text()).toBe(0)
    expect(verdictsOf(run)).toEqual({
      'mine.evening-load.success-rate': 'pass',
      'mine.evening-load.stays-loaded': 'pass',
      'mine.evening-load.ttft-p50': 'pass',
    })
    expect(run.results()).toMatchObject({ engine: { name: 'embedded', origin: 'spawned' } })

    const findings = await node(project, `${own}/dist/scripts/cli.js`, ['findings', latest(run)])
    expect(findings, findings.text).toMatchObject({ exitCode: 0 })
  })

  // Other processes can keep the load client off its core: then nothing is measured, as it must be.
  test('runs its own spec on a server behind a URL', { retry: 2 }, async () => {
    await using server = await startFaultServer({ slots: 4, ttftMs: 50, tokensPerSecond: 100 })
    const url = { PERF_ENGINE_URL: server.origin, PERF_REQUESTS: '16' }
    await using run = await startPerfRun('perf/', url, { folder: project })
    expect(await run.ended(), run.text()).toBe(0)
    expect(verdictsOf(run)).toMatchObject({ 'mine.evening-load.success-rate': 'pass' })
    expect(run.results()).toMatchObject({ engine: { origin: 'attached', url: server.origin } })
    expect((await server.ledger()).entries.length).toBeGreaterThanOrEqual(2 * 16)
  })

  test('is told what to install where the embedded engine is not there', async () => {
    const without = await packed.install(['vitest'])
    await using run = await startPerfRun('perf/', {}, { folder: without })
    expect(await run.ended(), run.text()).toBe(3)
    expect(run.text()).toContain('npm install --save-dev node-llama-cpp')
  })

  test('has the tools as one command', async () => {
    const cli = `${own}/dist/scripts/cli.js`
    const { text, exitCode } = await node(project, cli)
    expect(exitCode).toBe(0)
    const names = [...text.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(1)
    for (const name of names) expect(await node(project, cli, [name, '--help'])).toMatchObject({ exitCode: 0 })
    expect(await node(project, cli, ['reprot'])).toMatchObject({ exitCode: 2 })
  })
})

/** Packages that a module imports, Node's own excepted. */
function packagesIn(module: string): string[] {
  const specifiers = readFileSync(module, 'utf8').matchAll(
    /^(?:import|export|\}).* from '([^'.][^']*)'|import\('([^'.][^']*)'\)/gm,
  )
  const names = [...specifiers].map(([, constant, late]) => /^(@[^/]+\/)?[^/]+/.exec(constant ?? late ?? '')?.[0] ?? '')
  return names.filter(name => !name.startsWith('node:'))
}

/** Imports every entry, and says what the compiler must refuse. */
const entriesAsUsed = (exported: string[]): string => `
  ${exported
    .filter(path => !path.endsWith('.json'))
    .map((path, index) => `export * as entry${index} from 'vitest-llm-perf${path.slice(1)}'`)
    .join('\n  ')}
  import { expect } from 'vitest'
  import { type BatchRun, percent } from 'vitest-llm-perf'
  export function typesHold(run: BatchRun): Promise<void> {
    expect(run).toHaveSuccessRate(percent(100))
    // @ts-expect-error a share is no plain number
    expect(run).toHaveSuccessRate(100)
    // @ts-expect-error no such matcher
    expect(run).toHaveSuccesRate(percent(100))
    return expect(run).toMatchBaseline('throughput')
  }
`

const latest = (run: PerfRun): string => join(run.output, 'latest')

function verdictsOf(run: PerfRun): Record<string, string> {
  const { items } = run.results() as { items: { id: string; verdict: string }[] }
  return Object.fromEntries(items.map(({ id, verdict }) => [id, verdict]))
}

function commandLine(pid: number): string {
  const file = `/proc/${pid}/cmdline`
  return existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\0', ' ') : ''
}

function node(cwd: string, script: string, args: string[] = []): Promise<{ exitCode: number; text: string }> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [script, ...args], { cwd }, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? 1, text: stdout + stderr }),
    )
  })
}
