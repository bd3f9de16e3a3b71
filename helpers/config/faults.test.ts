import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { modelStorage } from '../fixtures/choose-model.ts'
import { syntheticModel } from '../models/index.ts'
import { processIdentity } from '../processes/index.ts'
import { startFaultServer } from '../testing/fault-server/index.ts'
import { allGone, helpers, type PerfRun, perfProject, startPerfRun } from '../testing/perf-run.ts'

const spec = 'perf/multi-batch/sequential-batches'

async function refused(environment: Record<string, string>): Promise<{ code: number; text: string }> {
  await using run = await startPerfRun(spec, environment)
  return { code: await run.ended(), text: run.text() }
}

describe('bad input ends with exit code 2 before an engine is started', () => {
  test('a wrong option', async () => {
    const { code, text } = await refused({ PERF_PROFILE: 'fast' })
    expect(code).toBe(2)
    expect(text).toContain('PERF_PROFILE is "fast"; allowed: quick, standard, full')
    expect(text).not.toContain('embedded llama.cpp')
  })

  test('a batch file with a bad line, named by its number', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'batch-file-'))
    const file = join(folder, 'batch.jsonl')
    const line = {
      custom_id: 'a',
      method: 'POST',
      url: '/v1/chat/completions',
      body: { messages: [{ role: 'user', content: 'hi' }] },
    }
    await writeFile(file, `${JSON.stringify(line)}\n{"custom_id": "b"\n`)
    const { code, text } = await refused({ PERF_INPUT: file })
    await rm(folder, { recursive: true })
    expect(code, text).toBe(2)
    expect(text).toContain('line 2')
  })

  test('configurations that are not valid, by line and field', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'configurations-'))
    const file = join(folder, 'mine.yaml')
    await writeFile(file, 'configurations:\n  - name: mine\n    batch: 5\n')
    const { code, text } = await refused({ PERF_CONFIGURATIONS: file })
    await rm(folder, { recursive: true })
    expect(code, text).toBe(2)
    expect(text).toContain('line 3: configurations[0].batch is no field; allowed: the fields name, category')
  })

  test('a baseline file that cannot be read, which is left as it is', async () => {
    await using project = await perfProject({
      'any.perf.ts': `import { test } from '${helpers}/index.ts'\ntest('any', () => {})\n`,
    })
    const file = join(project.folder, 'baselines/some-machine/embedded--model.json')
    await mkdir(join(project.folder, 'baselines/some-machine'), { recursive: true })
    await writeFile(file, '{"schema": 1, "hardware": ')
    await using run = await startPerfRun('perf/', {}, { folder: project.folder, options: ['-u'] })
    expect(await run.ended(), run.text()).toBe(2)
    expect(run.text()).toContain('embedded--model.json')
    expect(await readFile(file, 'utf8')).toBe('{"schema": 1, "hardware": ')
  })

  test('a run to resume that is not there', async () => {
    const { code, text } = await refused({ PERF_RESUME: '/nowhere/run' })
    expect(code).toBe(2)
    expect(text).toContain('/nowhere/run')
  })

  test('another engine at the URL than the one that is asked for', async () => {
    await using server = await startFaultServer()
    const { code, text } = await refused({ PERF_ENGINE: 'ollama', PERF_ENGINE_URL: server.origin })
    expect(code, text).toBe(2)
    expect(text).toContain(`not Ollama: use PERF_ENGINE=llama-server, or leave PERF_ENGINE out`)
  })

  test('a batch file that is not there', async () => {
    const { code, text } = await refused({ PERF_INPUT: '/nowhere/batch.jsonl' })
    expect(code).toBe(2)
    expect(text).toContain('/nowhere/batch.jsonl')
  })
})

describe('what cannot be measured ends with exit code 3', () => {
  test('nothing listens at the URL', async () => {
    const { code, text } = await refused({ PERF_ENGINE_URL: 'http://127.0.0.1:9' })
    expect(code, text).toBe(3)
    expect(text).toContain('http://127.0.0.1:9')
  })

  test('a model that is missing', async () => {
    const { code, text } = await refused({ PERF_MODEL: '/nowhere/model.gguf' })
    expect(code, text).toBe(3)
    expect(text).toContain('/nowhere/model.gguf')
  })

  test('a disk that is full while records are written; what was written is kept', async () => {
    // The model is there already: its file is larger than the limit.
    await syntheticModel({ model: 'qwen2.5-0.5b', divisor: 16, quantisation: 'q4_0' }, modelStorage)
    await using run = await startPerfRun(spec, {}, { fileLimitKiB: 100, options: ['--configLoader=native'] })
    expect(await run.ended(), run.text()).toBe(3)
    expect(run.text()).toMatch(/RecordingError: .*(records|series)\.jsonl/)
    expect(run.records().length).toBeGreaterThan(50)
  })

  test('a folder that cannot be written', async () => {
    const { code, text } = await refused({ PERF_OUTPUT: '/dev/null/results' })
    expect(code, text).toBe(3)
    expect(text).toContain('/dev/null/results')
  })
})

describe('a run that is ended leaves no process behind and no finished record lost', () => {
  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGKILL', 137],
  ] as const)('%s', async ([signal, code]) => {
    await using run = await startPerfRun(spec)
    await run.until(() => measuredRecords(run) >= 10)
    const processes = run.processes()
    // vitest, its worker, the engine's server, the model's process.
    expect(processes.length).toBeGreaterThanOrEqual(4)
    const finished = run.records().map(record => record.id)
    run.child.kill(signal)
    expect(await run.ended()).toBe(code)
    await allGone(processes)
    expect(run.records().map(record => record.id)).toEqual(expect.arrayContaining(finished))
  })
})

describe('an engine that dies', () => {
  test('its server, under load: a crash is a failure, exit code 1', async () => {
    await using run = await startPerfRun(spec)
    await run.until(() => measuredRecords(run) >= 10)
    const processes = run.processes()
    process.kill(programIn(processes, 'server-process') ?? expect.unreachable('the engine does not run'), 'SIGKILL')
    expect(await run.ended(), run.text()).toBe(1)
    expect(run.text()).toMatch(/EngineCrashedError/)
    await allGone(processes)
  })

  test("a model's process, under load: its requests fail as such, and the run goes on to its end", async () => {
    await using run = await startPerfRun(spec)
    await run.until(() => measuredRecords(run) >= 10)
    const model = programIn(run.processes(), 'model-process') ?? expect.unreachable('no model is loaded')
    // Between two chunks nothing is in flight; a process that computes has something to do.
    const before = cpuTicks(model)
    await run.until(() => cpuTicks(model) > before + 10)
    process.kill(model, 'SIGKILL')
    expect(await run.ended(), run.text()).toBe(1)
    const red = (run.results().items as { id: string; verdict: string }[])
      .filter(item => item.verdict === 'fail')
      .map(item => item.id)
    expect(red).toEqual(
      expect.arrayContaining([
        '001.sequential-batches.success-rate',
        '001.sequential-batches.no-crash',
        '001.sequential-batches.stays-loaded',
      ]),
    )
  })
})

/** Finished requests of the batches themselves, without the warm-up. */
const measuredRecords = (run: PerfRun): number => run.records().filter(record => Number(record.batch) >= 0).length

/** CPU time of a process in clock ticks: user and system, fields 14 and 15 of its stat; the name before them may hold spaces. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}

function programIn(pids: number[], program: string): number | undefined {
  return pids.find(pid => {
    const identity = processIdentity(pid)
    return identity.state === 'measured' && identity.value.command.includes(program)
  })
}
