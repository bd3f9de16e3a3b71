import type { EChartsOption } from 'echarts'
import { LineChart } from 'echarts/charts'
import {
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { BatchRun } from '../batches/batch-run.ts'
import type { Point } from '../sampling/metrics.ts'
import { figuresOf } from './run-figures.ts'

use([GridComponent, LegendComponent, LineChart, MarkAreaComponent, MarkLineComponent, SVGRenderer, TitleComponent])

/** vitest's UI shows an image at most 600 px wide, and one without its own width and height not at all. */
const WIDTH = 960
const HEIGHT = 420

const GIB = 2 ** 30
const MIB = 2 ** 20

/** Requests per second of every chunk over the run, and the mean of every batch. An SVG document. */
export function throughputChart(run: BatchRun): string {
  const time = timeAxis(run)
  const chunks = run.batches.flatMap(batch =>
    batch.chunks
      .filter(chunk => chunk.endMs > chunk.startMs)
      .map(chunk => {
        const rate = (chunk.completed * 1000) / (chunk.endMs - chunk.startMs)
        return [
          [time.at(chunk.startMs), rate],
          [time.at(chunk.endMs), rate],
          // A gap between chunks: nothing was in flight.
          [time.at(chunk.endMs), null],
        ]
      }),
  )
  const means = figuresOf(run).batches.flatMap((figures, i) => {
    const batch = run.batches[i]
    if (!batch || figures.requestsPerSecond.state === 'absent') return []
    const rate = figures.requestsPerSecond.value
    return [
      [time.at(batch.startMs), rate],
      [time.at(batch.endMs), rate],
      [time.at(batch.endMs), null],
    ]
  })
  return draw({
    ...frame(run, 'Throughput by chunk', 'requests/s'),
    legend: { data: ['chunk', 'mean of the batch'], right: 28, top: 14, icon: 'roundRect', itemHeight: 3 },
    series: [
      { ...line('chunk', chunks.flat(), '#2563eb', 2.5), ...batchMarks(run) },
      { ...line('mean of the batch', means, '#ea580c', 1.5), lineStyle: { type: 'dashed', width: 1.5 } },
    ],
  })
}

/**
 * Memory over the run, from samples, with the batches marked. `points` may be empty where no memory was read: the
 * chart then says why. An SVG document.
 */
export function memoryChart(run: BatchRun, points: readonly Point[]): string {
  const time = timeAxis(run)
  const inGib = points.some(({ value }) => value >= GIB)
  const title = run.memoryDomain.state === 'measured' ? capitalised(run.memoryDomain.value) : 'Memory'
  const missing = run.memoryDomain.state === 'absent' ? run.memoryDomain.reason : 'no sample was taken during the run'
  const values = points.map(({ atMs, value }) => [time.at(atMs), value / (inGib ? GIB : MIB)])
  return draw({
    ...frame(run, points.length > 0 ? title : `${title}: ${missing}`, inGib ? 'GiB' : 'MiB'),
    series: [{ ...line('memory', values, '#0f766e', 1.8), ...batchMarks(run) }],
  })
}

function frame(run: BatchRun, title: string, unit: string): EChartsOption {
  const time = timeAxis(run)
  return {
    animation: false,
    backgroundColor: '#ffffff',
    title: {
      text: title,
      subtext: `${run.id} · ${run.model.name} · ${run.engine.name} ${run.engine.version} · ${run.hardware}`,
      left: 20,
      top: 10,
      textStyle: { fontSize: 16, color: '#111827' },
      subtextStyle: { fontSize: 12, color: '#4b5563' },
    },
    grid: { left: 72, right: 28, top: 92, bottom: 52 },
    xAxis: {
      type: 'value',
      name: `${time.unit} since the first request`,
      nameLocation: 'middle',
      nameGap: 30,
      min: 0,
      max: time.end,
      axisLabel: { color: '#374151', showMaxLabel: false },
      nameTextStyle: { color: '#374151' },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      name: unit,
      // From zero a tenth would not be seen; far from it a hundredth would look like a cliff.
      min: ({ min, max }: { min: number; max: number }) => floorOf(min, max),
      axisLabel: { color: '#374151' },
      nameTextStyle: { color: '#374151', align: 'left', padding: [0, 0, 0, -52] },
      splitLine: { lineStyle: { color: '#e5e7eb' } },
    },
    textStyle: { fontFamily: 'Helvetica, Arial, sans-serif' },
  }
}

/** Zero, unless the values lie close together: then twice their range below them, and at least a fifth. */
function floorOf(min: number, max: number): number {
  if (!Number.isFinite(min) || min <= 0) return 0
  const below = min - Math.max(2 * (max - min), 0.2 * max)
  return below > 0 ? Number(below.toPrecision(2)) : 0
}

function line(name: string, data: (number | null)[][], color: string, width: number) {
  return {
    type: 'line' as const,
    name,
    data,
    color,
    showSymbol: false,
    connectNulls: false,
    lineStyle: { width },
  }
}

/** Every other batch on a grey ground, all with their number, and a line where each begins. */
function batchMarks(run: BatchRun) {
  const time = timeAxis(run)
  const every = Math.ceil(run.batches.length / 12)
  return {
    markArea: {
      silent: true,
      label: { color: '#6b7280', fontSize: 11, position: 'insideTop' as const },
      data: run.batches.map((batch, i): [object, object] => [
        {
          name: i % every === 0 ? `batch ${batch.index + 1}` : '',
          xAxis: time.at(batch.startMs),
          itemStyle: { color: i % 2 === 0 ? 'rgba(17, 24, 39, 0.045)' : 'rgba(17, 24, 39, 0)' },
        },
        { xAxis: time.at(batch.endMs) },
      ]),
    },
    markLine: {
      silent: true,
      symbol: 'none',
      label: { show: false },
      lineStyle: { color: '#9ca3af', type: 'dotted' as const, width: 1 },
      data: run.batches.slice(1).map(batch => ({ xAxis: time.at(batch.startMs) })),
    },
  }
}

function draw(option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  try {
    chart.setOption(option)
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

/** From the first request on, in seconds, or in minutes for a run of more than 20. Three decimals are a pixel. */
function timeAxis({ batches }: BatchRun): { unit: string; end: number; at: (ms: number) => number } {
  const startMs = batches.at(0)?.startMs ?? 0
  const endMs = batches.at(-1)?.endMs ?? startMs
  const [unit, unitMs] = endMs - startMs > 1_200_000 ? ['minutes', 60_000] : ['seconds', 1000]
  const at = (ms: number) => Number(((ms - startMs) / unitMs).toFixed(3))
  return { unit, end: at(endMs), at }
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
