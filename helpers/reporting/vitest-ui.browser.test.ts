import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { test as base, expect } from 'vitest'
import { startChromium } from '../testing/chromium.ts'
import { helpers, perfProject, startPerfRun } from '../testing/perf-run.ts'
import { formatQuantity } from '../units.ts'
import { readResults } from './results-file.ts'

const spec = `
import { describe } from 'vitest'
import { expect, percent, test as perfTest } from '${helpers}/index.ts'
const test = perfTest.extend('batches', { scope: 'file' }, ({ load }) =>
  load.batches({
    id: '001.seen', model: 'qwen2.5-0.5b', role: 'small',
    batches: 2, requestsPerBatch: 24, chunk: 4, promptTokens: 16, outputTokens: 4,
  }))
describe('001 · seen', () => {
  test('answers every request', ({ batches }) => { expect(batches).toHaveSuccessRate(percent(100)) })
  test('notes a chart of its own', async ({ lab }) => {
    const rates = { name: 'together', shape: 'line', isReference: false, points: [[1, 10], [2, 18]], intervals: [] }
    const axes = { x: { scale: 'log', title: 'requests' }, y: { scale: 'log', title: 'tokens/s' }, bands: [], lines: [] }
    const chart = { id: '001.seen.scaling', title: 'Scaling', subtitle: '', description: '1.8 times with two requests.' }
    await lab.note({ ...chart, ...axes, series: [rates] }, { ...chart, id: '001.seen.one', ...axes, series: [] })
  })
  test('is skipped', ({ batches }) => { expect(batches).toReachThroughput(null) })
})
`

/** The perf configuration with vitest's own report in one file, as a CI keeps it. */
const config = `
import { definePerfConfig } from '${helpers}/config/define-perf-config.ts'
const config = definePerfConfig()
config.test.reporters.push(['html', { singleFile: true }])
export default config
`

/** A run of that spec on the embedded engine, opened from its file. */
const test = base
  .extend('run', { scope: 'file' }, async ({}, { onCleanup }) => {
    const browser = await startChromium()
    const project = await perfProject({ 'seen.perf.ts': spec })
    onCleanup(async () => {
      await browser.close()
      await project[Symbol.asyncDispose]()
    })
    await writeFile(join(project.folder, 'vitest.config.ts'), config)
    await using run = await startPerfRun('perf/', { PERF_REQUESTS: '24' }, { folder: project.folder })
    const code = await run.ended()
    if (code !== 0) throw new Error(`the run ended with ${code}:\n${run.text()}`)
    return {
      browser,
      results: await readResults(join(run.output, 'latest')),
      url: pathToFileURL(join(project.folder, '.vitest/index.html')).href,
    }
  })
  .extend('page', async ({ run }, { onCleanup }) => {
    const page = await run.browser.newPage()
    onCleanup(() => page.close())
    await page.goto(run.url)
    return page
  })

/** What the UI shows of a test that is chosen in the list on the left, which takes no click before it has settled. */
async function open(page: Page, name: string): Promise<Locator> {
  const report = page.getByTestId('report')
  const annotations = report.getByText('Test Annotations')
  const choose = async () => {
    await page.getByTestId('explorer-item').filter({ hasText: name }).click()
    await annotations.waitFor({ timeout: 3000 })
    return true
  }
  await expect.poll(choose, { timeout: 20_000 }).toBe(true)
  return report
}

/** Rejects when the text is not to be seen within a while. */
const isShown = (report: Locator, text: string): Promise<void> =>
  report.getByText(text).first().waitFor({ state: 'visible', timeout: 10_000 })

/** The images that are to be seen, with the text that is drawn in them. */
async function imagesIn(report: Locator): Promise<{ width: number; text: string }[]> {
  const images = await report.locator('img').all()
  return Promise.all(
    images.map(async image => {
      await image.scrollIntoViewIfNeeded()
      expect(await image.isVisible()).toBe(true)
      const box = await image.boundingBox()
      const naturalWidth = await image.evaluate(element =>
        'naturalWidth' in element ? Number(element.naturalWidth) : 0,
      )
      const [, data = ''] = (await image.getAttribute('src'))?.split('base64,') ?? []
      const drawing = Buffer.from(data, 'base64').toString()
      const texts = [...drawing.matchAll(/<(title|desc|text)[^>]*>([^<]*)</g)].map(match => match[2])
      return { width: Math.min(naturalWidth, box?.width ?? 0), text: texts.join('\n') }
    }),
  )
}

test('a test shows the numbers of its run as a table', async ({ page, run }) => {
  const report = await open(page, 'answers every request')
  const rate = run.results.metrics.find(({ id }) => id === '001.seen.throughput')?.value ?? Number.NaN
  for (const cell of ['48 in 2 batches', 'ITL p50 / p95 / p99', `${formatQuantity(rate, 'requests/s')} · `])
    await isShown(report, cell)
})

test('a test shows what its criterion measured', async ({ page, run }) => {
  const report = await open(page, 'answers every request')
  const line = run.results.items.find(({ id }) => id === '001.seen.success-rate')?.evidence.line ?? 'no such item'
  expect(line).toContain('100.0 %')
  await isShown(report, line)
})

test('a test shows the charts of its run, large enough to be read, and what is to be seen in them', async ({
  page,
  run,
}) => {
  const report = await open(page, 'answers every request')
  const charts = run.results.charts.filter(({ id }) => /^001\.seen\.(throughput|memory|ttft)$/.test(id))
  const images = await imagesIn(report)
  expect(charts).toHaveLength(3)
  expect(images).toHaveLength(3)
  for (const [i, { title, description, x }] of charts.entries()) {
    expect(images[i]?.width).toBeGreaterThanOrEqual(500)
    for (const said of [title, description, x.title]) expect(images[i]?.text).toContain(said)
    await isShown(report, description)
  }
})

test('a test shows the chart that its study noted, and none that is not worth one', async ({ page, run }) => {
  const images = await imagesIn(await open(page, 'notes a chart of its own'))
  expect(images.map(({ text }) => text)).toEqual([expect.stringContaining('1.8 times with two requests.')])
  expect(run.results.charts.map(({ id }) => id)).toContain('001.seen.scaling')
  expect(run.results.charts.map(({ id }) => id)).not.toContain('001.seen.one')
})

test('a test that was skipped says why', async ({ page }) => {
  const report = await open(page, 'is skipped')
  await isShown(report, 'no figure was given (PERF_EXPECTED_THROUGHPUT)')
})
