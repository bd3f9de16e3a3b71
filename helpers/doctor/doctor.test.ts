import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startEmbeddedEngine } from '../engines/index.ts'
import { absent, measured } from '../measured.ts'
import { resolveOptions } from '../options/index.ts'
import { isAlive } from '../processes/index.ts'
import { plainPaint } from '../reporting/paint.ts'
import { type Diagnosis, diagnose, diagnosisJson, diagnosisText } from './index.ts'
import { installedVersion } from './installed-version.ts'
import { programOutput } from './program-output.ts'
import { versionIn } from './seen-engines.ts'
import { startedTraits } from './started-traits.ts'
import { within } from './within.ts'

const inMs = (ms: number): number => performance.now() + ms

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function program(name: string, script: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

describe('within', () => {
  test('is the answer, or the error’s words', async () => {
    expect(await within(inMs(5000), 'it', Promise.resolve(1))).toEqual(measured(1))
    expect(await within(inMs(5000), 'it', Promise.reject(new Error('broken')))).toEqual(absent('broken'))
  })

  test('gives up what does not answer', async () => {
    const never = new Promise<never>(() => {})
    expect(await within(inMs(0), 'the daemon', never)).toEqual(absent('the daemon did not answer within 0.1 s'))
  })
})

describe('programOutput', () => {
  test('is what a program prints on either stream', async () => {
    const path = await program('says', 'echo one; echo two >&2')
    const output = await programOutput(path, [], inMs(30_000))
    expect(output.state === 'measured' && output.value.split('\n').toSorted()).toEqual(['', 'one', 'two'])
  })

  test('ends one that takes too long, and what it has started', async () => {
    const path = await program('slow', `sleep 600 & echo $! > ${folder}/pid; wait`)
    expect(await programOutput(path, [], inMs(1500))).toEqual(absent('it did not answer in time'))
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'))
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 })
  })

  test('says how one ended that failed, and that there is none', async () => {
    expect(await programOutput(await program('fails', 'exit 3'), [], inMs(30_000))).toEqual(
      absent('it ended with code 3'),
    )
    expect(await programOutput(join(folder, 'none'), [], inMs(30_000))).toMatchObject({ state: 'absent' })
  })
})

test('a Python program has the version that its installation tells', async () => {
  await mkdir(join(folder, 'venv/bin'), { recursive: true })
  await mkdir(join(folder, 'venv/lib/python3.11/site-packages/vllm-0.32.0+cpu.dist-info'), { recursive: true })
  await symlink(await program('venv/bin/vllm', 'sleep 600'), join(folder, 'vllm'))
  expect(installedVersion('vllm', join(folder, 'vllm'))).toBe('0.32.0+cpu')
  expect(installedVersion('vllm', await program('other', 'exit 0'))).toBe(null)
})

test('a version that is not told is not made up', () => {
  expect(versionIn(measured('version: 11669 (abc)\nbuilt with cc'), /version:\s*(\S+)/)).toEqual(measured('11669'))
  expect(versionIn(measured('usage: …'), /version:\s*(\S+)/)).toEqual(absent('it did not say its version'))
})

test('the embedded engine is what it is said to be', async () => {
  await using engine = await startEmbeddedEngine()
  expect(engine.traits).toMatchObject(startedTraits('embedded'))
})

/** A machine on which nothing is found but Node: no program on the PATH, no daemon. */
const bare = (): void => {
  vi.stubEnv('PATH', folder)
  vi.stubEnv('DOCKER_HOST', `unix://${folder}/docker.sock`)
}

describe('diagnose', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('needs no program at all', async () => {
    bare()
    const { seen, facts, command } = await diagnose(resolveOptions({}, {}), inMs(20_000))
    expect(seen.engines.programs.vllm).toEqual(absent('there is no program vllm on the PATH'))
    expect(seen.ray.program.state).toBe('absent')
    expect(facts.engine).toMatchObject({ state: 'measured', value: { name: 'embedded' } })
    expect(command).toMatch(/npx vitest run perf\/$/)
  })

  test('finds a program whose version takes too long', async () => {
    bare()
    vi.stubEnv('PATH', `${folder}:/bin:/usr/bin`)
    const path = await program('vllm', 'sleep 600')
    const { seen } = await diagnose(resolveOptions({}, {}), inMs(4000))
    expect(seen.engines.programs.vllm).toEqual(measured({ path, version: absent('it did not answer in time') }))
  })

  test('is done though a server takes the connection and never answers', async () => {
    bare()
    const server = createServer(() => {})
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const { facts, items, command } = await diagnose(resolveOptions({}, { PERF_ENGINE_URL: url }), inMs(4000))
    server.close()
    expect(facts.engine).toMatchObject({ state: 'absent', reason: expect.stringContaining(url) })
    expect(new Set(items.map(({ outlook }) => outlook.state))).toEqual(new Set(['cannot run']))
    expect(command).toBe('PERF_ENGINE_URL= PERF_ENGINE=embedded npx vitest run perf/')
  })

  test('knows no secret afterwards', async () => {
    bare()
    const options = resolveOptions({}, { PERF_API_KEY: 'sesame' })
    const diagnosis = await diagnose(options, inMs(20_000))
    expect(diagnosisJson(diagnosis)).toContain('"outlook"')
    // As a yes or no: a failure must not print it all.
    expect(JSON.stringify(diagnosis).includes('sesame')).toBe(false)
  })
})

describe('diagnosisText', () => {
  let diagnosis: Diagnosis
  beforeAll(async () => {
    diagnosis = await diagnose(resolveOptions({}, {}), inMs(20_000))
  })
  const lines = (width = 100): string[] => diagnosisText(diagnosis, { paint: plainPaint, width })

  test('fits the screen, but for words that are longer', () => {
    const wide = lines(80).filter(line => line.length > 80)
    // A path, or an assignment in a command.
    expect(wide.filter(line => !/\S{45,}/.test(line))).toEqual([])
  })

  test('has every item of the plans, and ends with the command', () => {
    for (const { item } of diagnosis.items) expect(lines(400).join('\n')).toContain(item.title)
    expect(lines().at(-1)).toBe(`Run now  ${diagnosis.command}`)
  })

  test('says why an item is skipped, and the command that runs it', () => {
    const text = lines(400)
    const at = text.findIndex(line => line.includes('throughput is what is expected'))
    expect(text.slice(at, at + 3).map(line => line.trim())).toEqual([
      'skipped  sequential-batches    throughput is what is expected, in every spec of the plan',
      'because no figure was given, in requests a second',
      'PERF_EXPECTED_THROUGHPUT=0.2 npx vitest run perf/multi-batch/sequential-batches',
    ])
  })

  test('has time and disk of a spec once', () => {
    const costs = lines().filter(line => /\d s +\d[\d.]* [MG]iB$/.test(line) && line.includes(' medium-models '))
    expect(costs).toHaveLength(1)
  })
})
