import type { Chart } from './chart.ts'

const WIDTH = 640
const PLOT_HEIGHT = 228
/** Under the plot: labels, and the title of the x axis. */
const FOOT = 60
const ROW = 24
/** Longer names of categories are cut off, px. */
export const MOST_NAME = 250
/** About the width of a letter in a wide font, as a share of its size. */
export const LETTER_SHARE = 0.56
const LETTER = 12 * LETTER_SHARE

export interface ChartFrame {
  width: number
  height: number
  /** Categories along the y axis, because their names are too long to stand side by side. */
  isSideways: boolean
  /** Upper edges, px. */
  top: { title: number; subtitle: number; legend: number; yTitle: number; grid: number }
  /** Beside the plot, px: names of categories; 0 where the labels are numbers. */
  names: number
  /** Beside the plot on the right, px: names of lines. */
  lineNames: number
  /** Names of series, none where there is nothing to tell apart. */
  legend: string[]
  range: Record<'x' | 'y', AxisRange>
}

/** Ends of an axis, and on a linear one the distance of its labels; nothing where echarts finds them. */
export interface AxisRange {
  min?: number
  max?: number
  interval?: number
}

/** Where everything goes. Pure. */
export function frameOf(chart: Chart): ChartFrame {
  const { x, series } = chart
  const legend = series.length > 1 ? [...new Set(series.map(({ name }) => name))] : []
  const legendTop = chart.subtitle === '' ? 40 : 58
  const yTitle = legendTop + 22 * rowsOf(legend)
  const grid = yTitle + 22 + (chart.lines.length > 0 ? 6 : 0)
  const categories = x.scale === 'categories' ? x.categories : []
  const isSideways = categories.some(name => name.length * LETTER > (WIDTH - 90) / categories.length)
  const plot = isSideways ? Math.max(PLOT_HEIGHT / 2, ROW * categories.length * barsOf(chart)) : PLOT_HEIGHT
  return {
    width: WIDTH,
    height: Math.ceil(grid + plot + FOOT),
    isSideways,
    top: { title: 14, subtitle: 36, legend: legendTop, yTitle, grid },
    names: isSideways ? Math.min(MOST_NAME, LETTER * Math.max(...categories.map(name => name.length))) : 0,
    lineNames: isSideways ? 0 : LETTER * Math.max(0, ...chart.lines.map(({ name }) => name.length)),
    legend,
    range: { x: xRange(chart), y: yRange(chart) },
  }
}

/** Bars beside each other need less room than one of their own. */
function barsOf({ series }: Chart): number {
  const bars = series.filter(({ shape }) => shape === 'bars').length
  return 1 + 0.6 * Math.max(0, bars - 1)
}

function rowsOf(legend: readonly string[]): number {
  let rows = legend.length === 0 ? 0 : 1
  let used = 0
  for (const name of legend) {
    const width = name.length * LETTER + 42
    if (used > 0 && used + width > WIDTH - 20) {
      rows++
      used = 0
    }
    used += width
  }
  return rows
}

/** Lines and stretches fill the width; single points keep their distance from its edges. */
function xRange({ x, series, bands }: Chart): AxisRange {
  if (x.scale === 'categories') return {}
  const places = [...series.flatMap(({ points }) => points.map(([at]) => at)), ...bands.flatMap(b => [b.from, b.to])]
  const [min, max] = [smallest(places), largest(places)]
  if (!(min < max)) return {}
  const fillsWidth = bands.length > 0 || series.every(({ shape }) => shape === 'line')
  if (x.scale === 'log') return { min, max }
  return fillsWidth ? { min, max, interval: roundStep((max - min) / 6) } : { min: floorOf(min, max) }
}

/** From zero under bars; else as near to the values as they lie together. Whatever is drawn is within. */
function yRange({ y, series, bands, lines }: Chart): AxisRange {
  if (y.scale === 'categories') return {}
  const values = [
    ...series.flatMap(({ points }) => points.flatMap(([, value]) => value ?? [])),
    ...series.flatMap(({ intervals }) => intervals.flatMap(([, low, high]) => [low, high])),
    ...lines.map(line => line.y),
  ]
  if (y.scale === 'log') {
    const positive = values.filter(value => value > 0)
    if (positive.length === 0) return {}
    const ends = { min: smallest(positive), max: largest(positive) }
    const base = logBase(ends)
    const power = (of: (exponent: number) => number, end: number) =>
      base ** of(Number((Math.log(end) / Math.log(base)).toFixed(9)))
    const bottom = power(Math.floor, ends.min)
    return { min: bottom, max: Math.max(power(Math.ceil, ends.max), bottom * base) }
  }
  const [min, max] = [smallest(values), largest(values)]
  if (min < 0) return {}
  const floor = series.some(({ shape }) => shape === 'bars') ? 0 : floorOf(min, max)
  const interval = roundStep((max - floor) / 6)
  const bottom = interval * Math.floor(floor / interval + 1e-9)
  // Names of bands stand above the values.
  const room = bands.length > 0 ? 0.1 * (max - bottom) : 0
  const steps = Math.max(1, Math.ceil((max + room - bottom) / interval - 1e-9))
  return { min: decimal(bottom), max: decimal(bottom + interval * steps), interval }
}

/** Zero, unless the values lie close together: then twice their range below them, and at least a fifth. */
function floorOf(min: number, max: number): number {
  if (!Number.isFinite(min) || min <= 0) return 0
  const below = min - Math.max(2 * (max - min), 0.2 * max)
  return below > 0 ? Number(below.toPrecision(2)) : 0
}

/** Without what binary fractions leave behind. */
const decimal = (value: number): number => Number(value.toPrecision(12))

/** Over a few doublings the doublings are labelled, over more the powers of ten. */
export const logBase = ({ min = 1, max = 10 }: AxisRange): number => (max / min <= 128 ? 2 : 10)

function roundStep(rough: number): number {
  if (!(rough > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(rough))
  return power * ([1, 2, 2.5, 5].find(step => step * power >= rough) ?? 10)
}

const smallest = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
