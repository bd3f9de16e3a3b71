import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { modelRecordSchema } from '../model-test/index.ts'
import { resultsSchema } from '../reporting/index.ts'
import { helpers, perfProject, startPerfRun } from '../testing/perf-run.ts'

const head = `
import { expect, observe, test as perfTest } from '${helpers}/index.ts'
import { modelObservations, testModel } from '${helpers}/model-test/index.ts'
const small = { model: 'qwen2.5-0.5b', role: 'small' }
const ask = { promptTokens: 64, outputTokens: 4, concurrency: 1, requests: 2 }
const say = (name, value) => process.stdout.write(name + ' ' + JSON.stringify(value) + '\\n')
`

const healthy = `${head}
const cached = bench => bench.completed.map(({ cachedTokens }) => cachedTokens)
const test = perfTest.extend('study', { scope: 'file' }, ({ lab }) =>
  lab.study('000.lab', async () => {
    say('measured', 'once')
    const model = await lab.choose(small)
    const load = await lab.load(model, { contextTokens: 256, slots: 1 })
    const cold = await lab.bench(model, { ...ask, warmUp: false })
    const [one, other] = [await lab.bench(model, ask), await lab.bench(model, ask)]
    const [first, again] = [await lab.bench(model, { ...ask, requests: 1, seed: 5 }), await lab.bench(model, { ...ask, requests: 1, seed: 5 })]
    say('cached', [one, other, first, again].map(cached))
    say('completed', [cold, one].map(({ completed, failed }) => [completed.length, failed.length]))
    await lab.unload(model.name)
    const plan = { testId: '000.lab', planned: small.model, inference: [ask], concurrent: { ...ask, concurrency: 2 } }
    const found = modelObservations(await testModel(lab, model, plan))
    await lab.note(...Object.values(found))
    await lab.load(model, { contextTokens: 256, slots: 1 })
    return { ...found, loadMs: load.loadMs }
  }),
)
test('one', ({ study }) => { expect(study.success).toReach({ unit: 'ratio', value: 1 }) })
test('two', ({ study }) => { expect(study.loadMs).toBeGreaterThan(0) })
test('after', async ({ lab }) => {
  say('left', (await lab.engine.models()).filter(({ status }) => status === 'loaded'))
})
`

test('a study measures once, with prompts that no cache knows, and leaves nothing loaded', async () => {
  await using project = await perfProject({ 'lab.perf.ts': healthy })
  await using run = await startPerfRun('perf/', {}, { folder: project.folder })
  expect(await run.ended(), run.text()).toBe(0)
  const said = (name: string): unknown[] =>
    [...run.text().matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, json = '']) => JSON.parse(json))
  expect(said('measured')).toEqual(['once'])
  expect(said('completed')).toEqual([
    [
      [2, 0],
      [2, 0],
    ],
  ])
  expect(said('left')).toEqual([[]])
  const [[one, other, first, again]] = said('cached') as [[number[], number[], number[], number[]]]
  // The chat template's first tokens are every prompt's.
  for (const tokens of [...one, ...other, ...first]) expect(tokens).toBeLessThan(40)
  expect(again[0]).toBeGreaterThan(60)

  const results = resultsSchema.parse(run.results())
  expect(results.host.hardware).toEqual(expect.any(String))
  expect(results.engine).toMatchObject({
    name: 'embedded',
    runs: [{ id: '000.lab', model: 'qwen2.5-0.5b ÷ 16', scale: 16, modelBytes: expect.any(Number) }],
  })
  expect(results.metrics.map(({ id }) => id)).toContain('000.lab.load-time.qwen2.5-0.5b')

  const lines = readFileSync(join(run.output, 'latest', 'models.jsonl'), 'utf8')
    .trim()
    .split('\n')
  const [record] = lines.map(line => modelRecordSchema.parse(JSON.parse(line)))
  expect(lines).toHaveLength(1)
  expect(record?.phases.map(({ name, state }) => [name, state])).toEqual([
    ['baseline', 'measured'],
    ['load', 'measured'],
    ['post-load', 'measured'],
    ['inference', 'measured'],
    ['concurrent', 'measured'],
    ['memory pressure', 'absent'],
    ['unload', 'measured'],
    ['final', 'measured'],
  ])
  expect(record).toMatchObject({
    testId: '000.lab',
    model: { planned: 'qwen2.5-0.5b', scale: 16, fileBytes: { state: 'measured' } },
    predicted: { state: 'measured' },
    inference: [{ completed: 2, failed: 0, decodeRate: { value: { state: 'measured' } } }],
    concurrent: { concurrency: 2, completed: 2 },
    notReturned: { engineBytes: { state: 'measured' } },
  })
})

const crashing = `${head}
const test = perfTest.extend('study', { scope: 'file' }, ({ lab }) =>
  lab.study('000.crash', async () => {
    const model = await lab.choose(small)
    await lab.load(model, { contextTokens: 256, slots: 1 })
    await lab.bench(model, ask)
    const roots = await lab.engine.processRoots()
    const bench = lab.bench(model, { ...ask, requests: 10_000 })
    process.kill(roots.value[0], 'SIGKILL')
    return await bench
  }),
)
test('one', ({ study }) => { expect(study).toBeDefined() })
`

test('an engine that dies in a study has crashed', async () => {
  await using project = await perfProject({ 'crash.perf.ts': crashing })
  await using run = await startPerfRun('perf/', {}, { folder: project.folder })
  expect(await run.ended(), run.text()).toBe(1)
  expect(run.text()).toContain('SIGKILL')
  const results = resultsSchema.parse(run.results())
  expect(results.items).toMatchObject([{ verdict: 'fail' }])
  expect(results.engine).toMatchObject({ name: 'embedded', runs: [{ id: '000.crash' }] })
})
