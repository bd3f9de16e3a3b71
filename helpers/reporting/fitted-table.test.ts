import { describe, expect, test } from 'vitest'
import { fittedTable, isNumber } from './fitted-table.ts'
import { tableLines } from './table-lines.ts'
import { wrap } from './wrap.ts'

const lines = (head: string[], rows: string[][], width = 100) =>
  `\n${fittedTable(head, rows, width)
    .map(({ head, body }) => [...head, ...body].join('\n'))
    .join('\n\n')}\n`

const sizes = [
  ['qwen2.5-0.5b ÷ 16', '18.1 MiB', '412 ms', '1,204 tok/s', '–'],
  ['qwen2.5-1.5b ÷ 16', '60.0 MiB', '1.02 s', '391 tok/s', '2.1 [1.9, 2.4]'],
]
const head = ['model', 'file', 'load time, cold', 'decode', 'overhead beyond the weights']

describe('a table', () => {
  test('has its numbers on the right, its first column and words on the left', () => {
    expect(lines(head, [...sizes, ['7B', '4.40 GiB', '31.2 s', '–', 'was not tried']])).toMatchInlineSnapshot(`
      "
      model                  file  load time, cold       decode  overhead beyond the weights
      qwen2.5-0.5b ÷ 16  18.1 MiB           412 ms  1,204 tok/s  –
      qwen2.5-1.5b ÷ 16  60.0 MiB           1.02 s    391 tok/s  2.1 [1.9, 2.4]
      7B                 4.40 GiB           31.2 s            –  was not tried
      "
    `)
  })

  test('that is wider than the screen has its titles wrapped first: numbers stay whole', () => {
    expect(lines(head, sizes, 72)).toMatchInlineSnapshot(`
      "
      model                  file      load time,       decode        overhead
                                             cold                   beyond the
                                                                       weights
      qwen2.5-0.5b ÷ 16  18.1 MiB          412 ms  1,204 tok/s               –
      qwen2.5-1.5b ÷ 16  60.0 MiB          1.02 s    391 tok/s  2.1 [1.9, 2.4]
      "
    `)
  })

  test('has long texts wrapped too', () => {
    const reasons = [
      ['gemma2-2b', '1.6 GiB', 'does not fit: 2.1 GiB needed, 1.4 GiB free of the budget of 2.0 GiB'],
      ['phi-3.5-vision', '–', 'only vLLM serves it'],
    ]
    expect(lines(['model', 'weights', 'why it was not loaded'], reasons, 60)).toMatchInlineSnapshot(`
      "
      model           weights  why it was not loaded
      gemma2-2b       1.6 GiB  does not fit: 2.1 GiB needed, 1.4
                               GiB free of the budget of 2.0 GiB
      phi-3.5-vision        –  only vLLM serves it
      "
    `)
  })

  test('that does not fit even so goes on below, with its first column again', () => {
    expect(lines(head, sizes, 44)).toMatchInlineSnapshot(`
      "
      model                  file  load time, cold
      qwen2.5-0.5b ÷ 16  18.1 MiB           412 ms
      qwen2.5-1.5b ÷ 16  60.0 MiB           1.02 s

      model                   decode
      qwen2.5-0.5b ÷ 16  1,204 tok/s
      qwen2.5-1.5b ÷ 16    391 tok/s

      model                    overhead beyond the
                                           weights
      qwen2.5-0.5b ÷ 16                          –
      qwen2.5-1.5b ÷ 16             2.1 [1.9, 2.4]
      "
    `)
  })

  test.for([20, 44, 60, 72, 100])('loses nothing on a screen of %i columns', width => {
    const words = (text: string) => text.split(/\s+/).filter(Boolean)
    const shown = words(lines(head, sizes, width))
    for (const word of [...head, ...sizes.flat()].flatMap(words)) expect(shown).toContain(word)
  })

  test.for([44, 60, 72, 100])('stays inside a screen of %i columns', width => {
    for (const line of lines(head, sizes, width).split('\n')) expect(line.length).toBeLessThanOrEqual(width)
  })

  test('may lack rows, cells or columns', () => {
    expect(lines(['a', 'b'], [])).toBe('\na  b\n')
    expect(lines(['a', 'b'], [['x']])).toBe('\na  b\nx\n')
    expect(fittedTable([], [], 100)).toEqual([])
  })
})

test.for([
  ['12.3 tok/s', true],
  ['+5.0 MiB [-3.2 MiB, +13.2 MiB]', true],
  ['3 × 0.5 GiB', true],
  ['−0.1 %', true],
  ['2.1×', true],
  ['0.5B and 1.5B together', false],
  ['qwen2.5-7b', false],
  ['yes', false],
] as const)('%s is a number: %s', ([cell, expected]) => {
  expect(isNumber(cell)).toBe(expected)
})

test('text is wrapped between words, and a long word stays whole', () => {
  expect(wrap('a bc def ghij', 6)).toEqual(['a bc', 'def', 'ghij'])
  expect(wrap('see /a/long/path here', 6)).toEqual(['see', '/a/long/path', 'here'])
  expect(wrap('', 6)).toEqual([''])
})

test('a measured table has a title with its id, and notes as wide as the screen', () => {
  const table = {
    id: '000.x.sizes',
    title: 'Sizes',
    columns: head,
    rows: sizes,
    notes: ['cold: the file was dropped from the page cache before the load began'],
  }
  expect(`\n${tableLines(table, { width: 50 }).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    Sizes · 000.x.sizes
      model                  file    load       decode
                                    time,
                                     cold
      qwen2.5-0.5b ÷ 16  18.1 MiB  412 ms  1,204 tok/s
      qwen2.5-1.5b ÷ 16  60.0 MiB  1.02 s    391 tok/s

      model              overhead beyond the weights
      qwen2.5-0.5b ÷ 16                            –
      qwen2.5-1.5b ÷ 16               2.1 [1.9, 2.4]
      cold: the file was dropped from the page cache
      before the load began
    "
  `)
})
