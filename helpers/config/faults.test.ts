import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { processIdentity } from '../processes/index.ts'
import { allGone, startPerfRun } from '../testing/perf-run.ts'

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
    await run.until(() => run.records().length >= 60)
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
  const engineProcess = (pids: number[], program: string): number => {
    const found = pids.find(pid => {
      const identity = processIdentity(pid)
      return identity.state === 'measured' && identity.value.command.includes(program)
    })
    return found ?? expect.unreachable(`no ${program} among the processes of the run`)
  }

  test('its server, under load: a crash is a failure, exit code 1', async () => {
    await using run = await startPerfRun(spec)
    await run.until(() => run.records().length >= 60)
    const processes = run.processes()
    process.kill(engineProcess(processes, 'server-process'), 'SIGKILL')
    expect(await run.ended(), run.text()).toBe(1)
    expect(run.text()).toMatch(/EngineCrashedError/)
    await allGone(processes)
  })

  test("a model's process, under load: its requests fail as such, and the run goes on to its end", async () => {
    await using run = await startPerfRun(spec)
    await run.until(() => run.records().length >= 60)
    process.kill(engineProcess(run.processes(), 'model-process'), 'SIGKILL')
    expect(await run.ended(), run.text()).toBe(1)
    expect(run.records().filter(record => record.failure === 'proxy-error').length).toBeGreaterThan(0)
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
