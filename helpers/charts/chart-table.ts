import type { MeasuredTable } from '../observations/index.ts'
import type { Chart, ChartSeries } from './chart.ts'

/** More are no help to somebody who listens to them; the whole data are in the results. */
const MOST_ROWS = 100

/**
 * The numbers of a chart for people who do not see it: a row for each place on the x axis, a column for each series, with
 * the 95 % interval where there is one. Of more than 100 places every n-th is kept, and a note says so. No rows for a chart
 * without points.
 */
export function chartTable(chart: Chart): Pick<MeasuredTable, 'columns' | 'rows' | 'notes'> {
  const places = placesOf(chart)
  const every = Math.ceil(places.length / MOST_ROWS)
  const kept = places.filter((_, i) => i % every === 0)
  const hasBands = chart.bands.length > 0
  return {
    columns: [chart.x.title, ...chart.series.map(columnOf(chart)), ...(hasBands ? ['Part'] : [])],
    rows: kept.map(x => [
      placeInWords(chart, x),
      ...chart.series.map(series => cellOf(chart, series, x)),
      ...(hasBands ? [chart.bands.find(({ from, to }) => from <= x && x <= to)?.name ?? '–'] : []),
    ]),
    notes: [
      ...chart.lines.map(({ name, y }) => `${name}: ${numberInWords(y)} ${chart.y.title}`),
      ...(every > 1 ? [`one in ${every} of ${places.length.toLocaleString('en')} places`] : []),
    ],
  }
}

const columnOf =
  (chart: Chart) =>
  ({ name }: ChartSeries): string =>
    chart.y.title === '' || name === chart.y.title ? name : `${name}, ${chart.y.title}`

/** Where any series has a value, ascending. */
function placesOf({ series }: Chart): number[] {
  const places = series.flatMap(({ points }) => points.flatMap(([x, y]) => (y === null ? [] : [x])))
  return [...new Set(places)].toSorted((a, b) => a - b)
}

function placeInWords({ x: axis }: Chart, x: number): string {
  return axis.scale === 'categories' ? (axis.categories[x] ?? '–') : numberInWords(x)
}

/** All values of a series at one place. */
function cellOf({ y: axis }: Chart, { points, intervals }: ChartSeries, x: number): string {
  const shown = (y: number) => (axis.scale === 'categories' ? (axis.categories[y] ?? '–') : numberInWords(y))
  const values = points.flatMap(([at, y]) => (at === x && y !== null ? [y] : []))
  if (values.length === 0) return '–'
  const interval = intervals.find(([at]) => at === x)
  const range = interval === undefined ? '' : ` [${shown(interval[1])}, ${shown(interval[2])}]`
  return `${[...new Set(values.map(shown))].join(', ')}${range}`
}

/** Three significant digits, whole numbers whole. */
function numberInWords(value: number): string {
  const digits = Number.isInteger(value) ? {} : { maximumSignificantDigits: Math.abs(value) >= 1000 ? 4 : 3 }
  return value.toLocaleString('en', digits)
}
