import { describe, expect, test } from 'vitest'
import { drawChart } from '../charts/index.ts'
import type { Results } from '../reporting/results-schema.ts'
import { exampleResults } from './example-results.ts'
import { type Report, reportPage } from './index.ts'
import { remarksOf } from './remarks.ts'

const pageOf = (changes: Partial<Results> = {}, report: Partial<Report> = {}): string =>
  reportPage({ results: exampleResults(changes), parts: [], notes: [], configurations: [], ...report }, drawChart)

const [pass, fail] = exampleResults().items as [Results['items'][number], Results['items'][number]]
const itemsOf = (...verdicts: Results['items'][number]['verdict'][]) =>
  verdicts.map((verdict, index) => ({ ...pass, id: `001.x.criterion-${index}`, verdict }))

describe('the first screen', () => {
  test.for<[items: Results['items'], sentence: string, exit: string]>([
    [itemsOf('pass', 'pass'), 'All 2 criteria that apply passed.', '0</b>: nothing failed'],
    [itemsOf('pass'), 'The one criterion that applies passed.', '0</b>: nothing failed'],
    [
      itemsOf('pass', 'inconclusive', 'not applicable'),
      'Nothing failed: 1 of 2 criteria passed, the rest is inconclusive.',
      '0</b>',
    ],
    [itemsOf('inconclusive'), 'Nothing failed, and nothing passed: 1 criterion inconclusive.', '0</b>'],
    [itemsOf('pass', 'fail', 'inconclusive'), '1 of 3 criteria failed.', '1</b>: a criterion failed'],
    [itemsOf('pass', 'could not measure'), '1 of 2 criteria could not be measured.', '3</b>: could not measure'],
    [itemsOf('fail', 'could not measure'), '1 of 2 criteria failed, and 1 could not be measured.', '1</b>'],
    [itemsOf('not applicable'), 'Nothing was judged.', '0</b>'],
    [[], 'Nothing was judged.', '0</b>'],
  ])('%#: %s', ([items, sentence, exit]) => {
    const page = pageOf({ items })
    expect(page).toContain(`<h1>${sentence}</h1>`)
    expect(page).toContain(`Exit code <b>${exit}`)
  })

  test('says what the run itself ended with, where its file knows', () => {
    const reasons = ['required 001.x.vram-delta was not applicable', 'required 001.x.success-rate was inconclusive']
    const page = pageOf({ items: itemsOf('pass'), exit: { code: 3, reasons } })
    expect(page).toContain(
      'Exit code <b>3</b>: could not measure: required 001.x.vram-delta was not applicable, and 1 more.',
    )
    expect(pageOf({ items: itemsOf('fail'), exit: { code: 0, reasons: [] } })).toContain('<b>0</b>: nothing failed.')
  })

  test('says what was measured, where and when', () => {
    const page = pageOf()
    expect(page).toContain('embedded 3.22.1 · AMD EPYC, 2 cores · profile quick · 2 January 2026, 03:04 UTC')
    expect(pageOf({ engine: null })).toContain('no engine was measured')
  })
})

describe('verdicts', () => {
  test('stand in the order in which somebody is needed', () => {
    const places = ['Failed', 'Could not be measured', 'Inconclusive', 'Passed', 'Not applicable'].map(title =>
      pageOf().indexOf(`</span> ${title} <`),
    )
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  test('of a failure say what was measured, the limit, by how much, and where to look', () => {
    const page = pageOf({ items: [fail] })
    expect(page).toContain('<dt>Measured</dt><dd>18.4 % [16.9 %, 20.1 %]</dd>')
    expect(page).toContain('<dt>Limit</dt><dd>10.0 %</dd>')
    expect(page).toContain('<dt>Missed by</dt><dd>8.4 %</dd>')
    expect(page).toContain('<p>20.1, 18.0, 16.4 req/s · 3 batches, 264 requests</p>')
    expect(page).toContain('<li>GPU clocks fell 1,980 → 1,605 MHz from batch 2 on, 87 °C</li>')
  })

  test('of many with one reason say it once', () => {
    const reason = 'the host was disturbed'
    const page = pageOf({ items: itemsOf('inconclusive', 'inconclusive').map(item => ({ ...item, reason })) })
    expect(page.match(new RegExp(`<p class="message">${reason}</p>`, 'g'))).toHaveLength(1)
  })

  test('of reasons that begin alike stand together, with what differs beside each', () => {
    const [one, other] = itemsOf('inconclusive', 'inconclusive') as [typeof pass, typeof pass]
    const reason = (what: string) => ({ reason: `the host was disturbed: ${what}` })
    const page = pageOf({
      items: [
        { ...one, ...reason('swap') },
        { ...other, ...reason('steal') },
      ],
    })
    expect(page.match(/<p class="message">the host was disturbed<\/p>/g)).toHaveLength(1)
    expect(page).toContain('<th scope="col">Why</th>')
    expect(page).toMatch(/<td>swap<\/td>[\s\S]*<td>steal<\/td>/)
  })

  test('fold a long error behind its first lines', () => {
    const reason = Array.from({ length: 40 }, (_, i) => `line ${i + 1}`).join('\n')
    const page = pageOf({ items: [{ ...fail, reason }] })
    expect(page).toContain('<summary>34 more lines</summary>')
    expect(page).toContain('line 40')
  })

  test('tell remarks apart from what has a place of its own', () => {
    expect(remarksOf(pass)).toBe('host memory of the engine (PSS) · 3 batches, 264 requests')
    const open = exampleResults().items[2] as Results['items'][number]
    expect(open.evidence.line).toContain('inconclusive')
    expect(remarksOf(open)).toBe('3 batches, 264 requests')
  })
})

describe('a plan', () => {
  test('of batches has its summary: each batch, the whole, the warning signs and the decision', () => {
    const page = pageOf()
    expect(page).toContain('Plan 001 · Batches one after the other')
    expect(page).toContain('<h3>sequential batches</h3>')
    expect(page).toMatch(
      /<th scope="row">2<\/th><td class="number">4\.15 s<\/td><td class="number">21\.\d req\/s<\/td>/,
    )
    expect(page).toContain('<th scope="row">All</th>')
    expect(page).toContain('investigate: Failed: throughput varies by less than 10 % between batches. 170,000 requests')
    expect(page).toContain('✗</span> performance degradation:</span>')
    expect(page).toContain('no memory leak')
  })

  test('has its tables with their notes', () => {
    const page = pageOf()
    expect(page).toContain('Plan 000 · Limits of models, and optimisation')
    expect(page).toContain('<td class="number">0.27 GiB</td>')
    expect(page).toContain('<p class="note">cold: nothing of the file is in the page cache</p>')
  })

  test('stands in the order of the plans, and one of your own at the end', () => {
    const tables = ['mine.x', '004.x', '000.x'].map(id => ({ id, title: id, columns: [], rows: [], notes: [] }))
    const titles = [...pageOf({ tables }).matchAll(/<h2 id="plan-[^"]*">([^<]*)</g)].map(([, title]) =>
      title?.slice(0, 8),
    )
    expect(titles).toEqual(['Plan 001', 'Plan 000', 'Plan 004', 'mine'])
  })

  test('has its charts, described, with their numbers behind them', () => {
    const page = pageOf()
    const { charts } = exampleResults()
    expect(page.match(/<svg class="chart" role="img"/g)).toHaveLength(charts.length)
    for (const { description } of charts) expect(page).toContain(`<figcaption>${description}</figcaption>`)
    expect(page.match(/<summary>Numbers of the chart<\/summary>/g)).toHaveLength(charts.length)
  })
})

test('recommendations are there to copy', () => {
  const page = pageOf({}, { configurations: [{ path: 'recommended/production.yaml', text: '# a <b>\nbatch: 1\n' }] })
  expect(page).toContain('data-copy="file-1.recommended_2f_production.yaml"')
  expect(page).toContain('# a &lt;b&gt;\nbatch: 1\n</pre>')
  expect(pageOf()).not.toContain('Recommendations')
})

test('merged files are named, and what they do not have in common', () => {
  const results = exampleResults()
  const parts = ['a/results.json', 'b/results.json'].map(name => ({ name, results }))
  const page = pageOf({}, { parts, notes: ['b was measured on another machine'] })
  expect(page).toContain('Merged from 2 results files')
  expect(page).toContain('<th scope="row">b/results.json</th>')
  expect(page).toContain('<p class="caution">b was measured on another machine</p>')
})

test('links lead to what is on the page', () => {
  const page = pageOf()
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  expect(targets).toContain('table-000.large-models.load-times')
  expect(targets).toContain('metric-001.sequential-batches.throughput')
  expect(targets).toContain('item-001.sequential-batches.vram-delta')
  expect(targets.filter(id => !ids.includes(id))).toEqual([])
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
})

test('nothing that was measured becomes markup', () => {
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'&lt;'
  const infect = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string')
      return ['id', 'verdict', 'unit', 'state', 'startedAt', 'origin', 'shape', 'scale'].includes(key)
        ? value
        : `${value}${evil}`
    if (Array.isArray(value)) return value.map(each => infect(each, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, infect(each, name)]))
  }
  const infected = infect(exampleResults()) as Results
  const page = reportPage(
    {
      results: { ...infected, items: infected.items.map(item => ({ ...item, id: `${item.id}${evil}` })) },
      parts: [
        { name: evil, results: infected },
        { name: 'b', results: infected },
      ],
      notes: [evil],
      configurations: [{ path: evil, text: evil }],
    },
    drawChart,
  )
  expect(page).toContain('&lt;script&gt;alert(1)')
  expect(page.match(/<script/g)).toHaveLength(1)
  expect(page).not.toContain('<img')
})
