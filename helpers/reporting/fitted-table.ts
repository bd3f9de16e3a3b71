import { wrap } from './wrap.ts'

/** A table laid out for a screen: its head and its rows, each as lines of text. */
export interface TableBlock {
  head: string[]
  body: string[]
}

interface Column {
  title: string
  cells: string[]
  isNumeric: boolean
  /** Below this it would be torn or hard to read. */
  minWidth: number
  /** Below this more than its title is wrapped. */
  cellWidth: number
  naturalWidth: number
}

const GAP = '  '

/** Text is not squeezed into less, if its words are short; names, in the first column, not even into that. */
const READABLE = { text: 16, names: 24 }

/**
 * Columns two spaces apart: numbers aligned to the right, all else and the first column to the left. Where they are
 * wider than the screen, titles and texts are wrapped; where that is not enough, the table goes on in further blocks,
 * each with the first column again. Nothing is cut.
 */
export function fittedTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): TableBlock[] {
  const [first, ...rest] = head.map((title, index) =>
    columnOf(
      title,
      rows.map(row => row[index] ?? ''),
      index,
    ),
  )
  if (!first) return []
  return folded(first, rest, width).map(columns => block(columns, width))
}

function columnOf(title: string, cells: string[], index: number): Column {
  const isNumeric = isNumericColumn(index, cells)
  const naturalWidth = longest([title, ...cells])
  const torn = longest([...wordsOf(title), ...(isNumeric ? cells : cells.flatMap(wordsOf))])
  const readable = isNumeric ? 0 : Math.min(naturalWidth, index === 0 ? READABLE.names : READABLE.text)
  const minWidth = Math.max(torn, readable)
  return { title, cells, isNumeric, minWidth, cellWidth: Math.max(minWidth, longest(cells)), naturalWidth }
}

/** As many columns a block as fit at their least width, and at least one beside the first. */
function folded(first: Column, rest: readonly Column[], width: number): Column[][] {
  const blocks: Column[][] = [[first]]
  for (const column of rest) {
    const current = blocks.at(-1) ?? []
    const needed = lineWidth([...current, column].map(({ minWidth }) => minWidth))
    if (current.length > 1 && needed > width) blocks.push([first, column])
    else current.push(column)
  }
  return blocks
}

function block(columns: readonly Column[], width: number): TableBlock {
  const widths = shrunk(columns, width)
  const rows = columns[0]?.cells.keys() ?? []
  return {
    head: rowLines(
      columns,
      columns.map(({ title }) => title),
      widths,
    ),
    body: [...rows].flatMap(row =>
      rowLines(
        columns,
        columns.map(({ cells }) => cells[row] ?? ''),
        widths,
      ),
    ),
  }
}

/** Titles give way first, then texts, the widest column before the others. */
function shrunk(columns: readonly Column[], width: number): number[] {
  const widths = columns.map(({ naturalWidth }) => naturalWidth)
  for (const least of ['cellWidth', 'minWidth'] as const) {
    for (let over = lineWidth(widths) - width; over > 0; over--) {
      const slack = columns.map((column, index) => ((widths[index] ?? 0) > column[least] ? (widths[index] ?? 0) : 0))
      const widest = slack.indexOf(Math.max(...slack))
      if (slack[widest] === 0) break
      widths[widest] = (widths[widest] ?? 0) - 1
    }
  }
  return widths
}

/** One row: as many lines as its highest cell. */
function rowLines(columns: readonly Column[], cells: readonly string[], widths: readonly number[]): string[] {
  const wrapped = cells.map((cell, index) =>
    cell.length > (widths[index] ?? 0) ? wrap(cell, widths[index] ?? 0) : [cell],
  )
  const height = Math.max(...wrapped.map(lines => lines.length))
  return Array.from({ length: height }, (_, line) =>
    columns
      .map(({ isNumeric }, index) => {
        const text = wrapped[index]?.[line] ?? ''
        return isNumeric ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0)
      })
      .join(GAP)
      .trimEnd(),
  )
}

/** Numbers only, apart from cells with nothing in them; the first column has names, whatever they look like. */
export function isNumericColumn(index: number, cells: readonly string[]): boolean {
  const filled = cells.filter(cell => !isEmpty(cell))
  return index > 0 && filled.length > 0 && filled.every(isNumber)
}

/** `12.3 tok/s`, `1.0 [0.9, 1.1]`, `3 × 0.5 GiB`: a number first, and no word that is longer than a unit. */
export function isNumber(cell: string): boolean {
  return /^[+\-−±~≈<>≤≥×[(]?\s?\d/.test(cell) && wordsOf(cell).every(word => /\d/.test(word) || word.length <= 5)
}

const isEmpty = (cell: string): boolean => /^[\s–-]*$/.test(cell)

const wordsOf = (text: string): string[] => text.split(/\s+/)

const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map(text => text.length))

const lineWidth = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1)
