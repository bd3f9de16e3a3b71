import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { test as base, describe, expect } from 'vitest'
import { drawChart } from '../charts/index.ts'
import { startChromium } from '../testing/chromium.ts'
import { exampleResults } from './example-results.ts'
import { reportPage } from './index.ts'
import { longRunResults } from './long-run-results.ts'

const configurations = [{ path: 'recommended/production.yaml', text: 'batch_size: 128\nconcurrency: 2\n' }]

/** The report of a run, opened from a file as a person does. */
const test = base.extend('open', async ({}, { onCleanup }) => {
  const browser = await startChromium()
  const folder = await mkdtemp(join(tmpdir(), 'report-page-'))
  onCleanup(async () => {
    await browser.close()
    await rm(folder, { recursive: true })
  })
  return async (
    settings: Parameters<typeof browser.newPage>[0] = {},
    text = reportPage({ results: exampleResults(), parts: [], notes: [], configurations }, drawChart),
    hash = '',
  ) => {
    const path = join(folder, 'report.html')
    await writeFile(path, text)
    const page = await browser.newPage(settings)
    const asked: string[] = []
    const faults: string[] = []
    page.on('request', request => asked.push(request.url()))
    page.on('console', message => faults.push(message.text()))
    page.on('pageerror', error => faults.push(error.message))
    const url = pathToFileURL(path).href
    await page.goto(`${url}${hash}`)
    return { page, asked, faults, url }
  }
})

const phone = { viewport: { width: 390, height: 844 } }

/** Text that stands on its ground with less contrast than WCAG asks for: 4.5, or 3 for large text. */
const poorContrasts = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(readFileSync(join(import.meta.dirname, 'poor-contrasts.js'), 'utf8'))

/** Unfolds everything. */
const unfoldAll = (page: Page) =>
  page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")

describe.for(['light', 'dark'] as const)('in a %s scheme', colorScheme => {
  test('the answer, the numbers and the charts are to be seen', async ({ open }) => {
    const { page, faults } = await open({ colorScheme })
    expect(await page.locator('h1').textContent()).toBe('1 of 4 criteria failed, and 1 could not be measured.')
    expect(await page.getByText('18.4 % [16.9 %, 20.1 %]').isVisible()).toBe(true)
    expect(await page.getByText('0.27 GiB').isVisible()).toBe(true)
    const charts = await page.locator('svg.chart').all()
    expect(charts).toHaveLength(exampleResults().charts.length)
    for (const chart of charts) {
      const box = await chart.boundingBox()
      expect(box?.width).toBeGreaterThan(300)
      expect(box?.height).toBeGreaterThan(100)
    }
    expect(faults).toEqual([])
  })

  test('every text has contrast enough, also that of charts', async ({ open }) => {
    const { page } = await open({ colorScheme })
    await unfoldAll(page)
    expect(await poorContrasts(page)).toEqual([])
  })
})

test('nothing is asked of the network', async ({ open }) => {
  const { asked, url } = await open()
  expect(asked).toEqual([url])
})

test('on a phone nothing is wider than the screen', async ({ open }) => {
  const { page } = await open(phone)
  const width = () => page.evaluate<number>('document.documentElement.scrollWidth')
  expect(await width()).toBe(phone.viewport.width)
  await unfoldAll(page)
  expect(await width()).toBe(phone.viewport.width)
  expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true)
})

test('evidence of a finding is one click away, also where it is folded', async ({ open }) => {
  const { page } = await open()
  await page.getByText('Evidence').click()
  await page.getByRole('link', { name: '001.sequential-batches.throughput', exact: true }).click()
  const target = page.locator('[id="metric-001.sequential-batches.throughput"]')
  expect(await target.isVisible()).toBe(true)
  expect(await target.textContent()).toContain('req/s')
})

test('a link to a number opens what it is folded in', async ({ open }) => {
  const { page } = await open({}, undefined, '#metric-001.sequential-batches.ttft-p50')
  expect(await page.locator(':target').isVisible()).toBe(true)
})

test('works without a script', async ({ open }) => {
  const { page } = await open({ javaScriptEnabled: false })
  expect(await page.getByText('batch_size: 128').isVisible()).toBe(true)
  expect(await page.getByRole('button').count()).toBe(0)
  await page.getByText('sequential batches (quick').first().click()
})

test('a configuration is copied', async ({ open }) => {
  const { page, faults } = await open({ permissions: ['clipboard-read', 'clipboard-write'] })
  await page.getByRole('button', { name: 'Copy recommended/production.yaml' }).click()
  await page.getByText('Copied').waitFor()
  expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(configurations[0]?.text)
  expect(faults).toEqual([])
})

test('where copying is refused the configuration is selected', async ({ open }) => {
  const { page } = await open()
  await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("refused"))')
  await page.getByRole('button', { name: 'Copy recommended/production.yaml' }).click()
  await page.getByText('Selected').waitFor()
  expect(await page.evaluate<string>('getSelection().toString()')).toBe(configurations[0]?.text.trimEnd())
})

test('on paper it is dark on white, and what matters is unfolded', async ({ open }) => {
  const { page } = await open({ colorScheme: 'dark' })
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  const [ground, ink] = await page.evaluate<[string, string]>(
    '(({ backgroundColor, color }) => [backgroundColor, color])(getComputedStyle(document.body))',
  )
  expect(ground).toBe('rgb(255, 255, 255)')
  expect(ink).toBe('rgb(28, 33, 40)')
  expect(await page.getByRole('rowheader', { name: 'VRAM stays within 0.5 GiB' }).isVisible()).toBe(true)
  expect(await page.getByRole('navigation').isVisible()).toBe(false)
  expect((await page.pdf()).length).toBeGreaterThan(10_000)
})

test('headings are in order, and every part of the page is a landmark or has a name', async ({ open }) => {
  const { page } = await open()
  const levels = await page
    .locator('h1, h2, h3, h4, h5, h6')
    .evaluateAll(all => all.map(({ tagName }) => Number(tagName[1])))
  expect(levels.at(0)).toBe(1)
  expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([])
  for (const role of ['banner', 'navigation', 'main', 'contentinfo'] as const)
    expect(await page.getByRole(role).count()).toBe(1)
  expect(await page.locator('th:not([scope])').count()).toBe(0)
})

test('a run of 100,000 requests is a page below 3 MB', async ({ open }) => {
  const text = reportPage({ results: longRunResults(), parts: [], notes: [], configurations: [] }, drawChart)
  const { page, faults } = await open({}, text)
  const loadMs = await page.evaluate<number>("performance.getEntriesByType('navigation')[0].loadEventEnd")
  const bytes = Buffer.byteLength(text)
  console.log(`report of 100,000 requests: ${(bytes / 1e6).toFixed(2)} MB, loaded in ${loadMs.toFixed(0)} ms`)
  expect(bytes).toBeLessThan(3_000_000)
  expect(bytes).toBeGreaterThan(50_000)
  expect(await page.getByText('100,000').first().isVisible()).toBe(true)
  expect(faults).toEqual([])
})
