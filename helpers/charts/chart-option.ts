import type { BarSeriesOption, CustomSeriesOption, EChartsOption, LineSeriesOption, ScatterSeriesOption } from 'echarts'
import type { Chart, ChartAxis, ChartSeries } from './chart.ts'
import { type AxisRange, frameOf, logBase, MOST_NAME } from './chart-frame.ts'
import { GROUND, onWhite } from './palette.ts'

type SeriesOption = BarSeriesOption | CustomSeriesOption | LineSeriesOption | ScatterSeriesOption

/** With more points than this a line's own points are not marked. */
const MOST_MARKED = 60
const NAMED_BANDS = 12

const bars = { barMaxWidth: 26, barGap: '10%', barCategoryGap: '25%' } as const
const symbols = ['circle', 'triangle', 'diamond', 'rect', 'roundRect', 'pin'] as const
export const fontFamily = 'Helvetica, Arial, sans-serif'

/** What echarts draws of a chart with points. Pure. */
export function chartOption(chart: Chart): EChartsOption {
  const frame = frameOf(chart)
  const { isSideways } = frame
  const text = (from: string, top: number, style: object) => ({
    text: from,
    left: 14,
    top,
    padding: 0,
    textStyle: { fontFamily, overflow: 'truncate' as const, width: frame.width - 28, ...style },
  })
  const across = axisOption(isSideways ? chart.y : chart.x, frame.range[isSideways ? 'y' : 'x'])
  const upwards = axisOption(isSideways ? chart.x : chart.y, frame.range[isSideways ? 'x' : 'y'])
  return {
    animation: false,
    backgroundColor: GROUND,
    textStyle: { fontFamily },
    title: [
      text(chart.title, frame.top.title, { fontSize: 15, fontWeight: 600, color: onWhite.ink }),
      text(chart.subtitle, frame.top.subtitle, { fontSize: 12, fontWeight: 'normal', color: onWhite.quiet }),
      text((isSideways ? chart.x : chart.y).title, frame.top.yTitle, {
        fontSize: 12,
        fontWeight: 'normal',
        color: onWhite.quiet,
      }),
    ],
    legend: {
      show: frame.legend.length > 0,
      data: legendOption(chart, frame.legend),
      left: 10,
      right: 10,
      top: frame.top.legend,
      padding: 0,
      itemGap: 16,
      itemWidth: 20,
      itemHeight: 9,
      textStyle: { color: onWhite.ink, fontSize: 12 },
    },
    grid: {
      left: 14 + frame.names,
      right: 22 + frame.lineNames,
      top: frame.top.grid,
      bottom: isSideways ? 56 : 36,
      outerBoundsMode: isSideways ? 'none' : 'same',
      outerBoundsContain: 'axisLabel',
    },
    xAxis: {
      ...across,
      name: (isSideways ? chart.y : chart.x).title,
      nameLocation: 'middle',
      nameGap: 28,
      nameTextStyle: { color: onWhite.quiet, fontSize: 12 },
      splitLine: { show: isSideways, lineStyle: { color: onWhite.grid } },
    },
    yAxis: {
      ...upwards,
      inverse: isSideways,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { show: !isSideways, lineStyle: { color: onWhite.grid } },
    },
    series: [groundOption(chart, isSideways), ...chart.series.flatMap((_, i) => seriesOptions(chart, i, isSideways))],
  }
}

/** Says why a chart has no points, where the axes would be. Pure. */
export function emptyOption({ title, subtitle, description }: Chart, width: number): EChartsOption {
  const text = (from: string, top: number, style: object) => ({
    text: from,
    left: 14,
    top,
    padding: 0,
    textStyle: { fontFamily, width: width - 28, overflow: 'break' as const, ...style },
  })
  return {
    animation: false,
    backgroundColor: GROUND,
    title: [
      text(title, 14, { fontSize: 15, fontWeight: 600, color: onWhite.ink, overflow: 'truncate' }),
      text(subtitle, 36, { fontSize: 12, fontWeight: 'normal', color: onWhite.quiet, overflow: 'truncate' }),
      text(description, 72, { fontSize: 13, fontWeight: 'normal', color: onWhite.ink, lineHeight: 19 }),
    ],
  }
}

function axisOption(axis: ChartAxis, { interval, ...ends }: AxisRange) {
  const shared = {
    axisLabel: { color: onWhite.quiet, fontSize: 12, hideOverlap: true },
    axisLine: { lineStyle: { color: onWhite.quiet } },
    axisTick: { lineStyle: { color: onWhite.quiet } },
  }
  switch (axis.scale) {
    case 'categories': {
      const axisLabel = { ...shared.axisLabel, interval: 0, width: MOST_NAME, overflow: 'truncate' as const }
      return { ...shared, type: 'category' as const, data: axis.categories, axisLabel }
    }
    case 'linear': {
      if (interval === undefined) return { ...shared, ...ends, type: 'value' as const }
      const axisLabel = {
        ...shared.axisLabel,
        showMinLabel: isOn(ends.min, interval),
        showMaxLabel: isOn(ends.max, interval),
      }
      return { ...shared, ...ends, interval, axisLabel, type: 'value' as const }
    }
    case 'log': {
      const base = logBase(ends)
      const isPower = (end = 1) => isOn(Math.log(end), Math.log(base))
      const axisLabel = { ...shared.axisLabel, showMinLabel: isPower(ends.min), showMaxLabel: isPower(ends.max) }
      return { ...shared, ...ends, axisLabel, type: 'log' as const, logBase: base }
    }
  }
}

/** Whether an end is one of the round numbers along the axis; labels of others stand too near to those. */
function isOn(end: number | undefined, interval: number): boolean {
  const steps = (end ?? 0) / interval
  return Math.abs(steps - Math.round(steps)) < 1e-6
}

/** Bands and lines; nothing of its own is to be seen. */
function groundOption({ bands, lines }: Chart, isSideways: boolean): LineSeriesOption {
  const every = Math.ceil(bands.length / NAMED_BANDS)
  const across = isSideways ? 'yAxis' : 'xAxis'
  const value = isSideways ? 'xAxis' : 'yAxis'
  return {
    type: 'line',
    silent: true,
    data: [],
    markArea: {
      silent: true,
      label: { color: onWhite.quiet, fontSize: 11, position: 'insideTop' },
      data: bands.map(({ name, from, to }, i) => [
        {
          name: i % every === 0 ? name : '',
          [across]: from,
          itemStyle: { color: i % 2 === 0 ? onWhite.band : 'transparent' },
        },
        { [across]: to },
      ]),
    },
    markLine: {
      silent: true,
      symbol: 'none',
      data: lines.map(({ name, y }) => ({
        name,
        [value]: y,
        lineStyle: { color: onWhite.limit, type: 'solid', width: 1.25 },
        label: {
          formatter: '{b}',
          color: onWhite.limit,
          fontSize: 11,
          // The y axis goes down when categories lie along it.
          position: isSideways ? 'start' : 'end',
        },
      })),
    },
  }
}

function seriesOptions(chart: Chart, index: number, isSideways: boolean): SeriesOption[] {
  const series = chart.series[index]
  if (series === undefined) return []
  const look = lookOf(chart, series)
  const data = series.points.map(([x, y]) => (isSideways ? [y, x] : [x, y]))
  const shared = { name: series.name, data, silent: true, color: look.colour }
  const whiskers = whiskersOption(chart, series, isSideways, look.colour)
  switch (series.shape) {
    case 'line': {
      const isMarked = !series.isReference && series.points.length <= MOST_MARKED
      const lineStyle = { width: series.isReference ? 1.5 : 2, type: look.dash }
      const line = { type: 'line' as const, lineStyle, connectNulls: false, symbol: look.symbol, symbolSize: 6 }
      return [{ ...shared, ...line, showSymbol: isMarked, z: series.isReference ? 2 : 3 }, ...whiskers]
    }
    case 'points':
      return [
        {
          ...shared,
          type: 'scatter',
          symbol: look.symbol,
          symbolSize: series.isReference ? 4 : 9,
          itemStyle: { opacity: 1 },
          z: series.isReference ? 3 : 4,
        },
        ...whiskers,
      ]
    case 'bars':
      return [{ ...shared, ...bars, type: 'bar' }, ...whiskers]
  }
}

/** echarts draws a broken line whole in a legend. */
const brokenIcons = {
  dashed: 'path://M0 0h6v1.5h-6zM8 0h6v1.5h-6zM16 0h6v1.5h-6z',
  dotted: 'path://M0 0h2v1.5h-2zM5 0h2v1.5h-2zM10 0h2v1.5h-2zM15 0h2v1.5h-2zM20 0h2v1.5h-2z',
} as const

function legendOption(chart: Chart, names: readonly string[]): { name: string; icon?: string }[] {
  return names.map(name => {
    const series = chart.series.find(each => each.name === name)
    const { dash } = series?.shape === 'line' ? lookOf(chart, series) : { dash: 'solid' as const }
    return dash === 'solid' ? { name } : { name, icon: brokenIcons[dash] }
  })
}

interface Look {
  colour: string
  symbol: string
  dash: 'solid' | 'dashed' | 'dotted'
}

/** Told apart by colour and by symbol; what others are held against is grey and broken. */
function lookOf({ series: all }: Chart, series: ChartSeries): Look {
  const alike = all.filter(({ isReference }) => isReference === series.isReference)
  const at = alike.indexOf(series)
  if (series.isReference) {
    const symbol = series.shape === 'line' ? 'none' : 'circle'
    return { colour: onWhite.quiet, symbol, dash: at % 2 === 0 ? 'dashed' : 'dotted' }
  }
  const colour = onWhite.series[at % onWhite.series.length] ?? onWhite.ink
  return { colour, symbol: symbols[at % symbols.length] ?? 'circle', dash: 'solid' }
}

/** A whisker each; over bars in the middle of its own bar. */
function whiskersOption(chart: Chart, series: ChartSeries, isSideways: boolean, colour: string): CustomSeriesOption[] {
  if (series.intervals.length === 0) return []
  const barred = chart.series.filter(({ shape }) => shape === 'bars')
  const bar = barred.indexOf(series)
  return [
    {
      type: 'custom',
      silent: true,
      z: 5,
      data: series.intervals.map(interval => [...interval]),
      encode: isSideways ? { x: [1, 2], y: 0 } : { x: 0, y: [1, 2] },
      renderItem: (_, api) => {
        const [at, low, high] = [api.value(0), api.value(1), api.value(2)].map(Number)
        const placed = (value = Number.NaN) => api.coord(isSideways ? [value, at ?? 0] : [at ?? 0, value])
        const offset = bar < 0 ? 0 : (api.barLayout?.({ ...bars, count: barred.length })?.[bar]?.offsetCenter ?? 0)
        return whisker(placed(low), placed(high), offset, isSideways, bar < 0 ? colour : onWhite.ink)
      },
    },
  ]
}

/** One line that goes over its ends twice, from end to end. */
function whisker(from: number[], to: number[], offset: number, isSideways: boolean, colour: string) {
  const [[fromX = 0, fromY = 0], [toX = 0, toY = 0]] = [from, to]
  const end = (x: number, y: number) =>
    [-4, 4, 0].map(cap => (isSideways ? [x, y + offset + cap] : [x + offset + cap, y]))
  const points = [...end(fromX, fromY), ...end(toX, toY).toReversed()]
  return { type: 'polyline' as const, shape: { points }, style: { stroke: colour, lineWidth: 1.5, fill: 'none' } }
}
