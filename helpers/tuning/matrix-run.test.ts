import { expect, test } from 'vitest'
import { resultsSchema } from '../reporting/index.ts'
import { helpers, perfProject, startPerfRun } from '../testing/perf-run.ts'

/** Between the two baselines: a row that llama.cpp refuses, one that no machine has room for, one that is killed before T3. */
const spec = `
import { count, expect, test as perfTest } from '${helpers}/index.ts'
import { matrixTables, runMatrix } from '${helpers}/tuning/index.ts'
const say = (name, value) => process.stdout.write(name + ' ' + JSON.stringify(value) + '\\n')
const row = (id, settings, slots = 2) => ({
  id, title: id, change: { arguments: [], environment: {}, settings, slots },
  needs: [], hostBytes: 0, conflicts: [], expected: '', insteadOf: null,
})
const plan = {
  rows: [row('baseline', {}), row('impossible', { kvCacheType: 'q8_0', flashAttention: false }), { ...row('huge', {}), hostBytes: 2 ** 50 }, row('victim', {})],
  seed: 1, models: ['qwen2.5-0.5b'], contextTokens: 512, coldStarts: 'every row',
  single: { promptTokens: 16, outputTokens: 2, requests: 2 },
  concurrent: { atOnce: 10, rounds: 1, promptTokens: 16, outputTokens: 3 },
  long: { prompts: [{ name: '8K', tokens: 128 }, { name: '32K', tokens: 512 }], outputTokens: 2, requests: 1 },
  prefix: { promptTokens: 128, sharedTokens: 96, outputTokens: 1, requests: 2 },
}
const test = perfTest.extend('runs', { scope: 'file' }, ({ lab }) =>
  lab.study('004.matrix', async () => {
    const model = await lab.choose({ model: 'qwen2.5-0.5b', role: 'large' })
    let step = ''
    lab.say = said => { step = said }
    const benchOn = lab.benchOn.bind(lab)
    lab.benchOn = async (engine, ...rest) => {
      if (step.endsWith('victim') && rest[1].concurrency > 1) process.kill((await engine.processRoots()).value[0], 'SIGKILL')
      return benchOn(engine, ...rest)
    }
    const runs = await runMatrix(lab, plan, model, 1)
    say('runs', runs)
    say('loaded', (await lab.engine.models()).filter(({ status }) => status === 'loaded'))
    await lab.note(...matrixTables('embedded', runs, 'cells', []))
    return runs
  }),
)
test('nothing failed', ({ runs }) => { expect(runs[0].failures).toBeAtMost(count(0)) })
test('it did not start', ({ runs }) => { expect(runs.find(({ row }) => row.id === 'impossible').ttft).toBeMeasured() })
`

test('a row that cannot start is a cell in the words of the engine, and the run goes on', async () => {
  await using project = await perfProject({ 'matrix.perf.ts': spec })
  await using run = await startPerfRun('perf/', {}, { folder: project.folder })
  expect(await run.ended(), run.text()).toBe(0)
  const said = (name: string) => JSON.parse(new RegExp(`^${name} (.*)$`, 'm').exec(run.text())?.[1] ?? '')
  const runs = said('runs')
  const of = (id: string) => runs.find(({ row }: { row: { id: string } }) => row.id === id)
  expect(runs.map(({ position }: { position: number }) => position)).toEqual([0, 1, 2, 3, 4])
  expect(runs.at(-1).row.id).toBe('baseline-again')

  expect(of('impossible').start).toMatchObject({ state: 'refused', error: expect.stringContaining('flash_attn') })
  expect(of('huge').start).toMatchObject({ state: 'not tried', reason: expect.stringContaining('GiB of host memory') })
  for (const id of ['baseline', 'baseline-again']) {
    const { start, warmStart, ttft, throughput, longContext, prefixReuse, engineMemory, failures } = of(id)
    expect(start).toMatchObject({ state: 'started', identity: { name: 'embedded' } })
    for (const found of [warmStart, ttft, throughput, prefixReuse, engineMemory])
      expect(found).toMatchObject({ measured: { state: 'measured' } })
    expect(longContext).toMatchObject([
      { name: '8K', promptTokens: 128, ttft: { measured: { state: 'measured' } } },
      { name: '32K', promptTokens: 512 - 2 - 64, ttft: { measured: { state: 'measured' } } },
    ])
    expect(failures).toMatchObject({ measured: { value: { value: 0 } }, n: 2 + 10 + 2 + 2 + 3 })
    // Nothing of the prefix is known before it was sent: the template at most.
    const [shared, unlike] = prefixReuse.details[0].match(/[\d.]+(?= %)/g).map(Number)
    expect(shared).toBeGreaterThan(60)
    expect(unlike).toBeLessThan(30)
  }
  const { start, ttft, throughput, longContext, failures } = of('victim')
  expect(start.state).toBe('started')
  expect(ttft).toMatchObject({ measured: { state: 'measured' } })
  expect(throughput.measured.state).toBe('absent')
  expect(longContext[0].ttft.measured).toMatchObject({ state: 'absent', reason: expect.stringContaining('SIGKILL') })
  expect(failures.measured.value.value).toBeGreaterThan(0)
  expect(failures.details[0]).toContain('SIGKILL')
  // The engine under test held nothing meanwhile, and holds nothing now.
  expect(said('loaded')).toEqual([])

  const results = resultsSchema.parse(run.results())
  expect(results.engine?.runs).toMatchObject([{ id: '004.matrix', model: 'qwen2.5-0.5b ÷ 16' }])
  expect(results.items.map(({ verdict }) => verdict)).toEqual(['pass', 'not applicable'])
  expect(results.tables.map(({ id }) => id)).toEqual([
    '004.matrix.cells',
    '004.matrix.compatibility',
    '004.matrix.start',
  ])
})
