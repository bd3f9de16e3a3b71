import type { BatchResult, BatchRun } from '../batches/batch-run.ts'
import type { Measured } from '../measured.ts'
import { formatQuantity, type Unit } from '../units.ts'
import type { Assessment } from '../verdicts/assessment.ts'
import { statement } from './assessment-lines.ts'
import { type Decision, decide, decisionLine } from './decision.ts'
import { type Paint, plainPaint } from './paint.ts'
import { type BatchFigures, figuresOf, type LatencyFigures, type RunFigures } from './run-figures.ts'
import { table } from './table.ts'
import { signState, type WarningSign } from './warning-signs.ts'

/** The plan's final summary of one run, with the criteria's word on its three warning signs and the decision. */
export function runSummary(run: BatchRun, all: readonly Assessment[], paint: Paint = plainPaint): string[] {
  const assessments = all.filter(({ id }) => id.startsWith(`${run.id}.`))
  const figures = figuresOf(run)
  const sign = (name: WarningSign, clear: string) => signLines(name, clear, assessments, paint)
  const sections: [title: string, lines: string[]][] = [
    ['Overall statistics', overall(figures)],
    ['Per-batch performance', perBatch(figures)],
    [
      `VRAM analysis · ${run.memoryDomain.state === 'measured' ? run.memoryDomain.value : 'no memory was read'}`,
      [...memory(run, figures), ...sign('memory leak', 'no memory leak detected')],
    ],
    [
      'Performance consistency',
      [...consistency(figures), ...sign('performance degradation', 'consistent performance')],
    ],
    ['Model persistence', [...persistence(run), ...sign('model reloading', 'the model stayed loaded')]],
    ['Tokens', tokens(figures)],
    ['Latency', latency(figures)],
    ['Client health', client(figures)],
    ['Host disturbance', disturbance(run.batches)],
  ]
  const decision = decide(assessments, run)
  return [
    paint('bold', `Final multi-batch summary · ${run.id}`),
    paint('dim', `${run.engine.name} ${run.engine.version} · ${run.model.name} · ${run.hardware}`),
    ...sections.flatMap(([title, lines]) => ['', `  ${paint('bold', title)}`, ...lines]),
    '',
    `  ${paint('bold', 'Decision')}`,
    `    ${paint(decisionColours[decision.word], decisionLine(decision))}`,
  ]
}

const decisionColours = { 'go to 170K': 'green', investigate: 'red', undecided: 'yellow' } as const satisfies Record<
  Decision['word'],
  string
>

function signLines(name: WarningSign, clear: string, assessments: readonly Assessment[], paint: Paint): string[] {
  const state = signState(name, assessments)
  switch (state.state) {
    case 'present':
      return state.shownBy.map(a => `    ${paint('red', `✗ ${name}: ${statement(a)}`)}`)
    case 'absent':
      return [`    ${paint('green', `✓ ${clear}`)}`]
    case 'unknown':
      return [`    ${paint('yellow', `? ${name}: ${state.reason}`)}`]
  }
}

function overall(figures: RunFigures): string[] {
  const failures = Object.entries(figures.failures).map(([failure, count]) => `${failure} × ${whole(count)}`)
  return table(
    [
      ['Total batches', whole(figures.batches.length)],
      ['Total requests', whole(figures.completed + figures.failed)],
      ['Total failed', [whole(figures.failed), ...failures].join(' · ')],
      ['Success rate', successRate(figures.successRate)],
      ['Total time', duration(figures.wallMs)],
      [
        'Average rate',
        `${show(figures.requestsPerSecond, 'requests/s')} · ${show(figures.tokensPerSecond, 'tokens/s')}`,
      ],
    ],
    4,
  )
}

function perBatch({ batches }: RunFigures): string[] {
  return table(
    batches.map(batch => [
      `Batch ${batch.number}`,
      duration(batch.wallMs),
      show(batch.requestsPerSecond, 'requests/s'),
      show(batch.tokensPerSecond, 'tokens/s'),
      batch.msPerRequest.state === 'measured' ? `${formatQuantity(batch.msPerRequest.value, 'ms')}/request` : '–',
      `VRAM ${delta(batch.memory)}`,
      `${successRate(batch.successRate)} of ${whole(batch.completed + batch.failed)}`,
    ]),
    4,
  )
}

function memory(run: BatchRun, { batches, memory: whole }: RunFigures): string[] {
  if (run.memoryDomain.state === 'absent') return [`    ${run.memoryDomain.reason}`]
  const row = (name: string, value: BatchFigures['memory']) =>
    value.state === 'absent'
      ? [name, value.reason]
      : [
          name,
          `${bytes(value.value.beforeBytes)} → ${bytes(value.value.afterBytes)}`,
          `Δ ${delta(value)}`,
          `peak ${bytes(value.value.peakBytes)}`,
        ]
  return table([...batches.map(batch => row(`Batch ${batch.number}`, batch.memory)), row('Total', whole)], 4)
}

function consistency({ consistency: measured }: RunFigures): string[] {
  if (measured.state === 'absent') return [`    ${measured.reason}`]
  const { min, mean, max, deviation, variance } = measured.value
  const rate = (value: number) => formatQuantity(value, 'requests/s')
  return table(
    [
      ['Min · mean · max', [min, mean, max].map(rate).join(' · ')],
      ['Standard deviation', rate(deviation)],
      ['Variance (max − min) / max', formatQuantity(variance, 'ratio')],
    ],
    4,
  )
}

function persistence({ batches }: BatchRun): string[] {
  return table(
    batches.map(({ index, startDelayMs }) => [
      `Batch ${index + 1}`,
      startDelayMs.state === 'measured'
        ? `${formatQuantity(Math.max(0, startDelayMs.value), 'ms')} start delay`
        : `start delay unknown: ${startDelayMs.reason}`,
    ]),
    4,
  )
}

function tokens({ tokens: { prompt, completion, cached, cacheHitRate } }: RunFigures): string[] {
  const known = [`prompt ${whole(prompt)}`, `completion ${whole(completion)}`]
  return [
    `    ${
      cached.state === 'measured'
        ? [...known, `cached ${whole(cached.value)}`, `cache hit rate ${show(cacheHitRate, 'ratio')}`].join(' · ')
        : [...known, `cached unknown: ${cached.reason}`].join(' · ')
    }`,
  ]
}

function latency({ ttft, tpot, e2e, itl }: RunFigures): string[] {
  const row = (name: string, { p50, p95 }: LatencyFigures) => [name, `p50 ${known(p50)}`, `p95 ${known(p95)}`]
  return table(
    [
      row('TTFT', ttft),
      row('TPOT', tpot),
      itl.state === 'measured'
        ? ['ITL', `p50 ${ms(itl.value.p50)}`, `p95 ${ms(itl.value.p95)}`, `max ${ms(itl.value.max)}`]
        : ['ITL', itl.reason],
      row('E2E', e2e),
    ],
    4,
  )
}

function client({ client: health }: RunFigures): string[] {
  return [
    `    event loop lag p99 ${ms(health.eventLoopLagP99Ms)}, max ${ms(health.eventLoopLagMaxMs)} · ` +
      `schedule delay p50 ${ms(health.scheduleDelayP50Ms)}, p99 ${ms(health.scheduleDelayP99Ms)}`,
  ]
}

function disturbance(batches: readonly BatchResult[]): string[] {
  return table(
    batches.map(({ index, disturbance: { foreignCpu, steal, foreignSwapBytes, throttled } }) => [
      `Batch ${index + 1}`,
      `foreign CPU ${show(foreignCpu, 'ratio')}`,
      `steal ${show(steal, 'ratio')}`,
      `foreign swap ${show(foreignSwapBytes, 'bytes')}`,
      `throttled ${throttled.state === 'measured' ? (throttled.value > 0 ? `yes (${significant(throttled.value)})` : 'no') : '–'}`,
    ]),
    4,
  )
}

const whole = (n: number): string => formatQuantity(n, 'count')
const bytes = (n: number): string => formatQuantity(n, 'bytes')
const ms = (n: number): string => formatQuantity(n, 'ms')
const significant = (n: number): string => String(Number(n.toPrecision(3)))

/** A dash for what is not known; the places that have room say why. */
const show = (value: Measured, unit: Unit): string =>
  value.state === 'measured' ? formatQuantity(value.value, unit) : '–'

const known = (value: Measured): string => (value.state === 'measured' ? ms(value.value) : `– (${value.reason})`)

/** Two decimals, and never 100.00 % when a request failed. */
function successRate(value: Measured): string {
  if (value.state === 'absent') return '–'
  const percent = value.value < 1 ? Math.min(99.99, value.value * 100) : 100
  return `${percent.toFixed(2)} %`
}

function delta(value: BatchFigures['memory']): string {
  return value.state === 'measured' ? formatQuantity(value.value.deltaBytes, 'bytes', { signed: true }) : '–'
}

/** Minutes as in the plan, seconds where a minute is too long a unit. */
function duration(milliseconds: number): string {
  return milliseconds >= 60_000 ? `${(milliseconds / 60_000).toFixed(1)} min` : `${(milliseconds / 1000).toFixed(1)} s`
}
