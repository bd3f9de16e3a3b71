import { expect, test } from 'vitest'
import { helpers, perfProject, startPerfRun } from '../testing/perf-run.ts'

/** What vitest makes of the five verdicts, seen from outside: a run of a project with one test a verdict. */
const spec = `
import { expect, gibibytes, percent, test } from '${helpers}/index.ts'
import { exampleRun } from '${helpers}/testing/example-run.ts'
import { settle } from '${helpers}/matchers/settle.ts'

const slow = exampleRun({ chunkSeconds: [[1.5, 1.5, 1.5, 1.5], [1.8, 1.8, 1.8, 1.8]] })
const short = exampleRun({ chunkSeconds: [[3, 3]] })
const remote = exampleRun({ run: { memoryDomain: { state: 'absent', reason: 'the engine is elsewhere' } } })
const broken = { id: '001.x.broken', title: 'broken', data: '', advice: [], verdict: 'could not measure', measured: null, reason: 'the sampler died' }
expect.extend({ toBeMeasured(_received) { return settle(this, broken) } })

test('pass', () => { expect(exampleRun()).toHaveSuccessRate(percent(100)) })
test('fail', () => { expect(slow).toVaryLessThan(percent(10)) })
test('inconclusive', () => { expect(short).toShowNoLeakTrend() })
test('not applicable', () => { expect(remote).toKeepVramDeltaBelow(gibibytes(0.5)) })
test('could not measure', () => { expect(1).toBeMeasured() })
test('not pass', () => { expect(exampleRun()).not.toHaveSuccessRate(percent(100)) })
test('not fail', () => { expect(slow).not.toVaryLessThan(percent(10)) })
test('not inconclusive', () => { expect(short).not.toShowNoLeakTrend() })
test('not not applicable', () => { expect(remote).not.toKeepVramDeltaBelow(gibibytes(0.5)) })
test('not could not measure', () => { expect(1).not.toBeMeasured() })
`

test('pass and fail are themselves, the other three are the same in both directions', async () => {
  await using project = await perfProject({ 'verdicts.perf.ts': spec })
  await using run = await startPerfRun('perf/', {}, { folder: project.folder })
  expect(await run.ended()).toBe(1)
  const lines = run.text().split('\n')
  const markOf = (name: string) =>
    lines.find(line => line.slice(3).startsWith(name) || line.slice(3).split(' > ').at(-1)?.startsWith(name))?.trim()[0]
  expect(markOf('pass')).toBe('✓')
  expect(markOf('fail')).toBe('✗')
  expect(markOf('inconclusive')).toBe('?')
  expect(markOf('not applicable')).toBe('–')
  expect(markOf('not inconclusive')).toBe('?')
  expect(markOf('not not applicable')).toBe('–')
  const text = run.text()
  expect(text).toContain('inconclusive: a trend needs 8 readings')
  expect(text).toContain('not applicable: the engine is elsewhere')
  expect(text).toContain('CouldNotMeasureError: broken: the sampler died')
  expect(text).toMatch(/Tests.* 4 failed.* 2 passed.* 4 skipped/)
})

test('inconclusive ends a strict run with exit code 3, and a required item that was not judged too', async () => {
  await using project = await perfProject({
    'short.perf.ts': `
import { expect, test } from '${helpers}/index.ts'
import { exampleRun } from '${helpers}/testing/example-run.ts'
test('inconclusive', () => { expect(exampleRun({ chunkSeconds: [[3, 3]] })).toShowNoLeakTrend() })
`,
  })
  const codeWith = async (environment: Record<string, string>) => {
    await using run = await startPerfRun('perf/', environment, { folder: project.folder })
    return await run.ended()
  }
  expect(await codeWith({})).toBe(0)
  expect(await codeWith({ PERF_STRICT: '1' })).toBe(3)
  expect(await codeWith({ PERF_REQUIRE: '001.sequential-batches.no-leak-trend' })).toBe(3)
})

test('toMatchBaseline: records with -u, passes an unchanged run, fails a slower one, and the other way round under .not', async () => {
  const specOf = (expectation: string) => `
import { expect, test } from '${helpers}/index.ts'
import { exampleRun, steadyChunks } from '${helpers}/testing/example-run.ts'
const steady = exampleRun()
const slow = exampleRun({ chunkSeconds: steadyChunks.map(chunks => chunks.map(seconds => seconds * 1.3)) })
test('baseline', async () => { ${expectation} })
`
  await using project = await perfProject({
    'same.perf.ts': specOf("await expect(steady).toMatchBaseline('throughput')"),
    'slow.perf.ts': specOf("await expect(slow).toMatchBaseline('throughput')"),
    'not-same.perf.ts': specOf("await expect(steady).not.toMatchBaseline('throughput')"),
    'not-slow.perf.ts': specOf("await expect(slow).not.toMatchBaseline('throughput')"),
  })
  const runOf = async (filter: string, options: string[] = []) => {
    await using run = await startPerfRun(filter, {}, { folder: project.folder, options })
    return { code: await run.ended(), text: run.text(), charts: run.results().charts }
  }
  for (let start = 1; start <= 3; start++)
    expect((await runOf('perf/same', ['-u'])).text).toContain(`recorded as start ${start} of the baseline`)
  expect(await runOf('perf/same')).toMatchObject({ code: 0, text: expect.stringContaining('1 pass') })
  const slow = await runOf('perf/slow')
  expect(slow.code).toBe(1)
  expect(slow.text).toContain('throughput regression unconfirmed')
  const categories = ['start 1', 'start 2', 'start 3', 'this run']
  const chart = { id: '001.sequential-batches.throughput.baseline', x: expect.objectContaining({ categories }) }
  expect(slow.charts).toEqual([expect.objectContaining(chart)])
  expect((await runOf('perf/not-same')).code).toBe(1)
  expect((await runOf('perf/not-slow')).code).toBe(0)
})
