import { stripVTControlCharacters } from 'node:util'
import {
  accountsOf,
  type ConfigurationOutcome,
  classifyFailure,
  type FinishedBlock,
  type RanThrough,
} from '../batch-inference/index.ts'
import type { DriverEvent, RowResult } from './driver-event.ts'
import { errorLines } from './error-lines.ts'
import type { JobCourse } from './job-course.ts'
import type { JobState } from './jobs-client.ts'

type Block = Extract<DriverEvent, { event: 'block' }>

/** What is known beside the job itself. */
export type Surroundings = Pick<RanThrough, 'atOnce' | 'peakMemory' | 'disturbance'>

/** What came of a job that was given these ids. Pure. */
export function outcomeOfJob(
  { submittedAtMs, events, ending }: JobCourse,
  ids: readonly string[],
  surroundings: Surroundings,
): ConfigurationOutcome {
  switch (ending.how) {
    case 'waits':
      return { state: 'failed', kind: 'no resources', message: ending.message }
    case 'silent':
      return { state: 'failed', kind: 'timeout', message: ending.message }
    case 'engine lost':
    case 'cluster lost':
      return died(ending.message)
    case 'over': {
      const blocks = events.filter(event => event.event === 'block')
      if (ending.job.status === 'SUCCEEDED' && events.some(({ event }) => event === 'end'))
        return ranThrough(submittedAtMs, blocks, ids, surroundings)
      return failed(ending.job, events, ending.log)
    }
  }
}

function ranThrough(
  submittedAtMs: number,
  blocks: readonly Block[],
  ids: readonly string[],
  surroundings: Surroundings,
): RanThrough {
  const rows = blocks.flatMap(block => block.rows)
  const done = rows.filter(isDone)
  const broken = rows.flatMap(row => (isDone(row) ? [] : [row]))
  const failures: RanThrough['failures'] = {}
  for (const { error } of broken) {
    const { kind } = classifyFailure(error)
    failures[kind] = (failures[kind] ?? 0) + 1
  }
  const startMs = firstSentAt(blocks)
  return {
    state: 'ran',
    durationMs: startMs === null ? 0 : (blocks.at(-1)?.atMs ?? startMs) - startMs,
    startUpMs: startMs === null ? 0 : startMs - submittedAtMs,
    completed: done.length,
    failed: broken.length,
    failures,
    promptTokens: sum(done.map(({ promptTokens }) => promptTokens)),
    completionTokens: sum(done.map(({ completionTokens }) => completionTokens)),
    blocks: startMs === null ? [] : blocks.map(block => finished(block, startMs)),
    accounts: accountsOf(
      ids,
      rows.map(({ id }) => id),
    ),
    ...surroundings,
  }
}

/**
 * When the first row went into an engine: of the first block its end less its longest row. Ray tells no such time, and all
 * rows of a first batch are sent together, as soon as the engines are up. Null without a row that an engine answered.
 */
function firstSentAt(blocks: readonly Block[]): number | null {
  const sent = blocks.map(({ atMs, rows }) => atMs - Math.max(...rows.filter(isDone).map(({ tookMs }) => tookMs)))
  const first = Math.min(...sent)
  return Number.isFinite(first) ? first : null
}

const finished = ({ atMs, rows }: Block, startMs: number): FinishedBlock => ({
  endMs: atMs - startMs,
  requests: rows.filter(isDone).length,
  completionTokens: sum(rows.filter(isDone).map(({ completionTokens }) => completionTokens)),
})

type Done = Extract<RowResult, { promptTokens: number }>
const isDone = (row: RowResult): row is Done => 'promptTokens' in row
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)

function failed(
  { status, message, driver_exit_code: code }: JobState,
  events: readonly DriverEvent[],
  log: string,
): Failed {
  const said = message ?? ''
  if (status === 'STOPPED') return died(`the job was stopped, and not by this run. ${said}`)
  // A signal: nobody had the time to say more.
  if (typeof code === 'number' && code < 0) return died(`the driver ended by signal ${-code}. ${said}`)
  const failure = events.find(event => event.event === 'failure')
  // Ray repeats the command, in which any word may stand.
  const traceback = stripVTControlCharacters(failure?.message ?? said.replace(/^Running entrypoint for job .*$/m, ''))
  if (traceback === '')
    return { state: 'failed', kind: 'unknown', message: `the job ended as ${status} without a word` }
  // An engine says why in the log of its process; what reaches the driver is only that it could not start.
  const { kind, evidence } = classifyFailure([traceback, ...errorLines(log)].join('\n'))
  return { state: 'failed', kind, message: kind === 'unknown' ? lastLineOf(traceback) : evidence }
}

type Failed = Extract<ConfigurationOutcome, { state: 'failed' }>

const died = (message: string): Failed => {
  const { kind } = classifyFailure(message)
  return { state: 'failed', kind: kind === 'memory exhaustion' ? kind : 'process died', message }
}

/** Of a traceback the line that names the error. */
const lastLineOf = (traceback: string): string =>
  traceback
    .split('\n')
    .findLast(line => line.trim() !== '')
    ?.trim() ?? ''
