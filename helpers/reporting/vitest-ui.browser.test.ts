import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Locator, Page } from 'playwright-core'
import { test as base, describe, expect } from 'vitest'
import { startChromium } from '../testing/chromium.ts'
import { helpers, perfProject, startPerfRun } from '../testing/perf-run.ts'
import { formatQuantity } from '../units.ts'
import { readResults } from './results-file.ts'
import type { Results } from './results-schema.ts'

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

/** A browser, the run's results, and where vitest shows them. */
interface Opened {
  browser: Browser
  results: Results
  url: string
}

const withBrowser = base.extend('opener', { scope: 'file' }, async ({}, { onCleanup }) => {
  const scope = new AsyncDisposableStack()
  onCleanup(() => scope.disposeAsync())
  const browser = scope.use(await startChromium())
  const { folder } = scope.use(await perfProject({ 'seen.perf.ts': spec }))
  return { scope, browser, folder }
})

/** A run of that spec on the embedded engine, whose report is opened from its file. */
const staticReport = withBrowser.extend('opened', { scope: 'file' }, async ({ opener }): Promise<Opened> => {
  const { browser, folder } = opener
  await writeFile(join(folder, 'vitest.config.ts'), config)
  await using run = await startPerfRun('perf/', { PERF_REQUESTS: '24' }, { folder })
  const code = await run.ended()
  if (code !== 0) throw new Error(`the run ended with ${code}:\n${run.text()}`)
  const url = pathToFileURL(join(folder, '.vitest/index.html')).href
  return { browser, results: readResults(join(run.output, 'latest')), url }
})

/** The same in the live UI, which is opened when the run is done. */
const liveUi = withBrowser.extend('opened', { scope: 'file' }, async ({ opener }): Promise<Opened> => {
  const { scope, browser, folder } = opener
  const run = scope.use(await startPerfRun('perf/', { PERF_REQUESTS: '24' }, { folder, ui: true }))
  await run.until(() => run.text().includes('Waiting for file changes'))
  const [url = 'no address'] = /http:\S+__vitest__\S+/.exec(run.text()) ?? []
  return { browser, results: readResults(join(run.output, 'latest')), url }
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
      const source = (await image.getAttribute('src')) ?? ''
      const drawing = await image.evaluate(async (_, from) => (await fetch(from)).text(), source)
      const texts = [...drawing.matchAll(/<(title|desc|text)[^>]*>([^<]*)</g)].map(match => match[2])
      return { width: Math.min(naturalWidth, box?.width ?? 0), text: texts.join('\n') }
    }),
  )
}

describe.for([
  ['the report in a file', staticReport],
  ['the live UI', liveUi],
] as const)('%s', ([, opening]) => {
  const test = opening.extend('page', async ({ opened }, { onCleanup }) => {
    const page = await opened.browser.newPage()
    onCleanup(() => page.close())
    await page.goto(opened.url)
    return page
  })

  test('a test shows the numbers of its run as a table', async ({ page, opened }) => {
    const report = await open(page, 'answers every request')
    const rate = opened.results.metrics.find(({ id }) => id === '001.seen.throughput')?.value ?? Number.NaN
    for (const cell of ['48 in 2 batches', 'ITL p50 / p95 / p99', `${formatQuantity(rate, 'requests/s')} · `])
      await isShown(report, cell)
  })

  test('a test shows what its criterion measured', async ({ page, opened }) => {
    const report = await open(page, 'answers every request')
    const line = opened.results.items.find(({ id }) => id === '001.seen.success-rate')?.evidence.line ?? 'no such item'
    expect(line).toContain('100.0 %')
    await isShown(report, line)
  })

  test('a test shows the charts of its run, large enough to be read, and what is to be seen in them', async ({
    page,
    opened,
  }) => {
    const report = await open(page, 'answers every request')
    const charts = opened.results.charts.filter(({ id }) => /^001\.seen\.(throughput|memory|ttft)$/.test(id))
    const images = await imagesIn(report)
    expect(charts).toHaveLength(3)
    expect(images).toHaveLength(3)
    for (const [i, { title, description, x }] of charts.entries()) {
      expect(images[i]?.width).toBeGreaterThanOrEqual(500)
      for (const said of [title, description, x.title]) expect(images[i]?.text).toContain(said)
      await isShown(report, description)
    }
  })

  test('a test shows the chart that its study noted, and none that is not worth one', async ({ page, opened }) => {
    const images = await imagesIn(await open(page, 'notes a chart of its own'))
    expect(images.map(({ text }) => text)).toEqual([expect.stringContaining('1.8 times with two requests.')])
    expect(opened.results.charts.map(({ id }) => id)).toContain('001.seen.scaling')
    expect(opened.results.charts.map(({ id }) => id)).not.toContain('001.seen.one')
  })

  test('a test that was skipped says why', async ({ page }) => {
    const report = await open(page, 'is skipped')
    await isShown(report, 'no figure was given (PERF_EXPECTED_THROUGHPUT)')
  })
})
