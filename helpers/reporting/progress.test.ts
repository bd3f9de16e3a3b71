import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { LiveLine, type Terminal } from './live-line.ts'
import { progressGate } from './progress.ts'
import { liveProgressLine, type Progress, plainProgressLine } from './progress-line.ts'
import { progressPrinterFor } from './progress-printer.ts'

const at = (done: number, changes: Partial<Progress> = {}): Progress => ({
  spec: '001.sequential-batches',
  done,
  total: 264,
  ratePerSecond: 21.4,
  note: 'batch 2/3, chunk 3/4',
  ...changes,
})

/** A stream that keeps what was written to it, with the erasing made visible. */
function screen(columns = 100): Terminal & { text: () => string } {
  const stream = new PassThrough()
  const chunks: string[] = []
  stream.on('data', chunk => chunks.push(String(chunk)))
  return Object.assign(stream, {
    isTTY: true,
    columns,
    text: () => chunks.join('').replaceAll('\r\u001b[2K', '<erase>'),
  })
}

describe('a line of progress', () => {
  test('says how far, how fast, how long, and what is going on', () => {
    const lines = [at(0, { ratePerSecond: 0 }), at(120), at(264)]
    expect(`\n${lines.map(plainProgressLine).join('\n')}`).toMatchInlineSnapshot(`
      "
        0/264  0 %  – req/s  unknown time left  batch 2/3, chunk 3/4  001.sequential-batches
        120/264  45 %  21.4 req/s  6.73 s left  batch 2/3, chunk 3/4  001.sequential-batches
        264/264  100 %  21.4 req/s  batch 2/3, chunk 3/4  001.sequential-batches"
    `)
    expect(`\n${lines.map(line => liveProgressLine(line, 120)).join('\n')}`).toMatchInlineSnapshot(`
      "
        ░░░░░░░░░░░░░░░░░░░░  0/264  0 %  – req/s  unknown time left  batch 2/3, chunk 3/4  001.sequential-batches
        █████████░░░░░░░░░░░  120/264  45 %  21.4 req/s  6.73 s left  batch 2/3, chunk 3/4  001.sequential-batches
        ████████████████████  264/264  100 %  21.4 req/s  batch 2/3, chunk 3/4  001.sequential-batches"
    `)
  })

  test('is never as wide as the terminal, for then it would wrap', () => {
    expect(liveProgressLine(at(120), 40)).toHaveLength(39)
    expect(liveProgressLine(at(120), 0)).toBe('')
  })

  test('stays within 100 % whatever is reported', () => {
    expect(plainProgressLine(at(300))).toContain('100 %')
  })

  test('of a step that counts nothing says what is being done', () => {
    const loading = at(0, { total: 0, note: 'loading qwen2.5-3b' })
    expect(plainProgressLine(loading)).toBe('  loading qwen2.5-3b  001.sequential-batches')
    expect(liveProgressLine(loading, 100)).toMatch(/^ {2}·{20} {2}loading qwen2\.5-3b {2}001/)
  })
})

describe('the live line', () => {
  test('stands below what others write, and is erased before it', () => {
    const out = screen()
    const line = new LiveLine(out)
    line.show('50 %')
    out.write('a result\n')
    line.show('60 %')
    line.clear()
    out.write('the end\n')
    expect(out.text()).toMatchInlineSnapshot(`
      "50 %<erase>a result
      50 %<erase>60 %<erase>the end
      "
    `)
  })

  test('waits while somebody has begun a line and not ended it', () => {
    const out = screen()
    const line = new LiveLine(out)
    line.show('50 %')
    out.write('begun, ')
    line.show('60 %')
    out.write('ended\n')
    line.clear()
    expect(out.text()).toBe('50 %<erase>begun, ended\n60 %<erase>')
  })

  test('stands below what other streams of the same screen write', () => {
    const out = screen()
    const errors = new PassThrough()
    errors.on('data', chunk => out.emit('data', chunk))
    const line = new LiveLine(out, [errors])
    line.show('50 %')
    errors.write(Buffer.from('an error\n'))
    expect(out.text()).toBe('50 %<erase>an error\n50 %')
  })

  test('gives the streams back as they were', () => {
    const out = screen()
    const write = out.write
    const line = new LiveLine(out)
    line.show('50 %')
    expect(out.write).not.toBe(write)
    line.clear()
    expect(out.write).toBe(write)
  })
})

describe('without a terminal', () => {
  test('prints a line at most every 10 s, and one at 100 %', () => {
    const out = screen()
    let nowMs = 0
    const printer = progressPrinterFor(out, { live: false, now: () => nowMs })
    for (let second = 0; second <= 24; second++) {
      nowMs = second * 1000
      printer.update(at(second * 10, { note: `${second} s` }))
    }
    printer.update(at(264, { note: 'end' }))
    printer.update(at(264, { note: 'end again' }))
    expect(out.text().match(/\d+ s(?= {2}001)|end.*(?= {2}001)/g)).toEqual(['0 s', '10 s', '20 s', 'end'])
    expect(out.text()).not.toContain('<erase>')
  })
})

describe('what a spec sends', () => {
  test('is at most five reports a second, later one every two, and always the end', () => {
    let nowMs = 0
    const due = progressGate(() => nowMs)
    const sent = (fromMs: number, toMs: number) => {
      let count = 0
      for (nowMs = fromMs; nowMs < toMs; nowMs += 10) if (due(at(1))) count++
      return count
    }
    expect(sent(0, 1000)).toBe(5)
    expect(sent(2 * 3_600_000, 2 * 3_600_000 + 10_000)).toBe(5)
    expect([due(at(264)), due(at(264)), due(at(264, { spec: 'another' }))]).toEqual([true, false, true])
  })
})
