import type { BatchRun } from '../batches/batch-run.ts'
import type { Chart, ChartAxis, ChartSeries } from '../charts/index.ts'
import type { Point } from '../sampling/metrics.ts'
import { minimumSamplesFor, quantileOfSorted } from '../statistics/index.ts'
import { formatQuantity } from '../units.ts'
import { figuresOf } from './run-figures.ts'

const GIB = 2 ** 30
const MIB = 2 ** 20

const MOST_CHUNKS = 400
const MOST_QUANTILES = 160
/** A tail this much longer than the median is drawn on a logarithmic axis. */
const LONG_TAIL = 12

/** Completed requests per second of every chunk over the run, and the mean of every batch. Of a long run chunks are joined. */
export function throughputChart(run: BatchRun): Chart {
  const time = timeAxis(run)
  const figures = figuresOf(run)
  const chunks = run.batches.reduce((sum, batch) => sum + batch.chunks.length, 0)
  const joined = Math.ceil(chunks / MOST_CHUNKS)
  const rates = run.batches.flatMap((batch): ChartSeries['points'] => [
    ...groupsOf(batch.chunks, joined).flatMap((group): ChartSeries['points'] => {
      const busyMs = group.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
      const completed = group.reduce((sum, chunk) => sum + chunk.completed, 0)
      const [startMs, endMs] = [group.at(0)?.startMs ?? 0, group.at(-1)?.endMs ?? 0]
      return busyMs > 0 ? [[time.at((startMs + endMs) / 2), rounded((completed * 1000) / busyMs)]] : []
    }),
    // The batches are not joined.
    [time.at(batch.endMs), null],
  ])
  const means = figures.batches.flatMap(({ requestsPerSecond }, i): ChartSeries['points'] => {
    const batch = run.batches[i]
    if (!batch || requestsPerSecond.state === 'absent') return []
    const rate = rounded(requestsPerSecond.value)
    return [
      [time.at(batch.startMs), rate],
      [time.at(batch.endMs), rate],
      [time.at(batch.endMs), null],
    ]
  })
  const { requestsPerSecond, consistency } = figures
  const overall = requestsPerSecond.state === 'measured' ? formatQuantity(requestsPerSecond.value, 'requests/s') : null
  return {
    ...about(run, 'throughput'),
    title: joined > 1 ? `Throughput, ${joined} chunks a point` : 'Throughput by chunk',
    description:
      overall === null
        ? 'No chunk of requests was completed.'
        : `${overall} over ${count(run.batches.length, 'batch', 'batches')}` +
          (consistency.state === 'measured'
            ? `, from ${formatQuantity(consistency.value.min, 'requests/s')} to ${formatQuantity(consistency.value.max, 'requests/s')} between them.`
            : '.'),
    x: time.axis,
    y: { scale: 'linear', title: 'requests/s' },
    series: [line(joined > 1 ? 'chunks' : 'chunk', rates), { ...line('mean of the batch', means), isReference: true }],
    bands: bandsOf(run),
    lines: [],
  }
}

/** Memory over the run, from samples. Without samples its description says why. */
export function memoryChart(run: BatchRun, samples: readonly Point[]): Chart {
  const time = timeAxis(run)
  const isLarge = samples.some(({ value }) => value >= GIB)
  const missing = run.memoryDomain.state === 'absent' ? run.memoryDomain.reason : 'no sample was taken during the run'
  const { memory } = figuresOf(run)
  const unit = isLarge ? 'GiB' : 'MiB'
  const shown = (bytes: number) => `${Number((bytes / (isLarge ? GIB : MIB)).toPrecision(4))} ${unit}`
  const points = samples.map(({ atMs, value }): [number, number] => [
    time.at(atMs),
    rounded(value / (isLarge ? GIB : MIB)),
  ])
  return {
    ...about(run, 'memory'),
    title: run.memoryDomain.state === 'measured' ? capitalised(run.memoryDomain.value) : 'Memory',
    description:
      points.length === 0
        ? `There is nothing to draw: ${missing}.`
        : memory.state === 'measured'
          ? `${shown(memory.value.beforeBytes)} before the first batch, ${shown(memory.value.afterBytes)} after the last, ` +
            `${shown(memory.value.peakBytes)} at the most.`
          : `${count(points.length, 'sample', 'samples')} during the run.`,
    x: time.axis,
    y: { scale: 'linear', title: unit },
    series: [line('memory', points)],
    bands: bandsOf(run),
    lines: [],
  }
}

/**
 * The share of requests whose first token came within a time: the empirical distribution, its quantiles evenly spaced
 * where there are many requests. p50 and p95 are marked where there are enough requests for them.
 */
export function ttftChart(run: BatchRun): Chart {
  const sorted = run.batches.flatMap(({ ttftMs }) => ttftMs).toSorted((a, b) => a - b)
  const [p50, p95] = [0.5, 0.95].map(q => (sorted.length >= minimumSamplesFor(q) ? quantileOfSorted(sorted, q) : null))
  const longest = sorted.at(-1) ?? 0
  const [unit, unitMs] = longest >= 10_000 ? ['s', 1000] : ['ms', 1]
  const at = (ms: number) => rounded(ms / unitMs)
  const isLongTailed = (sorted[0] ?? 0) > 0 && longest > LONG_TAIL * quantileOrZero(sorted, 0.5)
  const marks = [
    { name: 'p50', q: 0.5, ms: p50 },
    { name: 'p95', q: 0.95, ms: p95 },
  ].flatMap(({ name, q, ms }) =>
    ms === null || ms === undefined ? [] : [{ label: `${name} ${formatQuantity(ms, 'ms')}`, q, ms }],
  )
  const requests = count(sorted.length, 'request', 'requests')
  const reason =
    run.accounts.state === 'measured'
      ? 'the Batch API tells no times of single requests'
      : 'no request was answered in a stream'
  return {
    ...about(run, 'ttft'),
    title: 'Time to first token',
    description:
      sorted.length === 0
        ? `There is nothing to draw: ${reason}.`
        : `${requests}: ${marks.map(({ label }) => `${label}, `).join('')}longest ${formatQuantity(longest, 'ms')}.`,
    x: { scale: isLongTailed ? 'log' : 'linear', title: `TTFT, ${unit}` },
    y: { scale: 'linear', title: '% of requests, within this time' },
    series: [
      line(
        requests,
        distribution(sorted).map(([ms, share]) => [at(ms), rounded(100 * share)]),
      ),
      ...marks.map(({ label, q, ms }): ChartSeries => ({ ...line(label, [[at(ms), 100 * q]]), shape: 'points' })),
    ],
    bands: [],
    lines: [],
  }
}

/** Of sorted values: each with the share of them that are no larger. */
function distribution(sorted: readonly number[]): [value: number, share: number][] {
  const n = sorted.length
  if (n <= MOST_QUANTILES) return sorted.map((value, i) => [value, (i + 1) / n])
  return Array.from({ length: MOST_QUANTILES + 1 }, (_, i) => {
    const share = i / MOST_QUANTILES
    return [quantileOfSorted(sorted, share), share]
  })
}

const quantileOrZero = (sorted: readonly number[], q: number): number =>
  sorted.length === 0 ? 0 : quantileOfSorted(sorted, q)

const about = (run: BatchRun, what: string): Pick<Chart, 'id' | 'subtitle'> => ({
  id: `${run.id}.${what}`,
  subtitle: `${run.model.name} · ${run.engine.name} ${run.engine.version} · ${run.hardware}`,
})

const line = (name: string, points: ChartSeries['points']): ChartSeries => ({
  name,
  shape: 'line',
  isReference: false,
  points,
  intervals: [],
})

function bandsOf(run: BatchRun): Chart['bands'] {
  const time = timeAxis(run)
  return run.batches.map(({ index, startMs, endMs }) => ({
    name: `batch ${index + 1}`,
    from: time.at(startMs),
    to: time.at(endMs),
  }))
}

/** From the first request on, in seconds, or in minutes for a run of more than 20. Three decimals are a pixel. */
function timeAxis({ batches }: BatchRun): { axis: ChartAxis; at: (ms: number) => number } {
  const startMs = batches.at(0)?.startMs ?? 0
  const endMs = batches.at(-1)?.endMs ?? startMs
  const [unit, unitMs] = endMs - startMs > 1_200_000 ? ['minutes', 60_000] : ['seconds', 1000]
  return {
    axis: { scale: 'linear', title: `${unit} since the first request` },
    at: ms => Number(((ms - startMs) / unitMs).toFixed(3)),
  }
}

function groupsOf<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) => values.slice(i * size, (i + 1) * size))
}

/** More digits are not seen, and make the results large. */
const rounded = (value: number): number => Number(value.toPrecision(5))

const count = (n: number, one: string, many: string): string => `${n.toLocaleString('en')} ${n === 1 ? one : many}`

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
