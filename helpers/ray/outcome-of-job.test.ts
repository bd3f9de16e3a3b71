import { describe, expect, test } from 'vitest'
import { absent } from '../measured.ts'
import type { DriverEvent, RowResult } from './driver-event.ts'
import type { JobCourse, JobEnding } from './job-course.ts'
import type { JobState } from './jobs-client.ts'
import { outcomeOfJob } from './outcome-of-job.ts'
import recorded from './ray-2.60.0.data.json' with { type: 'json' }

const surroundings = { atOnce: 2, peakMemory: absent('nobody looked'), disturbance: null }
const course = (events: DriverEvent[], ending: JobEnding): JobCourse => ({ submittedAtMs: 1000, events, ending })
const over = (job: Partial<JobState>, log = ''): JobEnding => ({
  how: 'over',
  job: { status: 'SUCCEEDED', message: null, error_type: null, driver_exit_code: 0, job_id: '02000000', ...job },
  log,
})
const row = (id: string, tookMs = 100): RowResult => ({ id, promptTokens: 10, completionTokens: 4, tookMs })
const block = (atMs: number, ...rows: RowResult[]): DriverEvent => ({ event: 'block', atMs, rows })
const end: DriverEvent = { event: 'end', atMs: 9000 }
const outcome = (events: DriverEvent[], ending: JobEnding, ids: string[] = []) =>
  outcomeOfJob(course(events, ending), ids, surroundings)

describe('a job that ran through', () => {
  const rows = [block(5000, row('a', 400), row('b', 1000)), block(6000, row('c', 2000))]

  test('its clock starts when the first row went into an engine', () => {
    expect(outcome([...rows, end], over({}), ['a', 'b', 'c'])).toMatchObject({
      state: 'ran',
      startUpMs: 3000,
      durationMs: 2000,
      completed: 3,
      failed: 0,
      promptTokens: 30,
      completionTokens: 12,
      blocks: [
        { endMs: 1000, requests: 2, completionTokens: 8 },
        { endMs: 2000, requests: 1, completionTokens: 4 },
      ],
      accounts: { missing: [], twice: [], unknown: [] },
    })
  })

  test('a row that failed is counted by its kind and does not cost the others', () => {
    const broken = block(7000, {
      id: 'd',
      error: "VLLMValidationError: This model's maximum context length is 256 tokens.",
    })
    expect(outcome([...rows, broken, end], over({}), ['a', 'b', 'c', 'd'])).toMatchObject({
      completed: 3,
      failed: 1,
      failures: { configuration: 1 },
      accounts: { missing: [] },
    })
  })

  test('rows that are missing, came twice or were never sent are named', () => {
    expect(outcome([...rows, block(7000, row('a')), end], over({}), ['a', 'b', 'x'])).toMatchObject({
      accounts: { missing: ['x'], twice: ['a'], unknown: ['c'] },
    })
  })

  test('without a row that was answered there is no time', () => {
    const none = outcome([block(5000, { id: 'a', error: 'ValueError: no' }), end], over({}), ['a'])
    expect(none).toMatchObject({ state: 'ran', completed: 0, failed: 1, durationMs: 0, blocks: [] })
  })
})

describe('a job that did not', () => {
  const { jobs } = recorded
  const stateOf = ({ status, ...job }: (typeof jobs)[keyof typeof jobs]): Partial<JobState> => ({
    ...job,
    status: status as JobState['status'],
  })

  test.for([
    ['the driver was killed', over(stateOf(jobs.killed)), 'process died', /signal 9/],
    ['its Python has no Ray', over(stateOf(jobs.noRay)), 'unknown', /No module named 'ray'/],
    [
      'its package is gone',
      over(stateOf(jobs.noPackage)),
      'unknown',
      /Failed to set up runtime environment|Failed to download/,
    ],
    ['the driver is wrong', over(stateOf(jobs.exception)), 'configuration', /ValueError: 42/],
    [
      'it was stopped by somebody',
      over({ status: 'STOPPED', driver_exit_code: null }),
      'process died',
      /not by this run/,
    ],
    [
      'it waits',
      { how: 'waits', message: 'an engine waits for resources since 60 s: 1 × (1 GPU). The cluster has 8 CPU.' },
      'no resources',
      /1 GPU.*8 CPU/,
    ],
    ['nothing comes', { how: 'silent', message: 'no row came out within 30 min' }, 'timeout', /30 min/],
    [
      'the cluster is gone',
      { how: 'cluster lost', message: 'Nothing answers at …' },
      'process died',
      /Nothing answers/,
    ],
    [
      'an engine is lost for want of memory',
      { how: 'engine lost', message: 'ray.exceptions.OutOfMemoryError: the node was running low on memory' },
      'memory exhaustion',
      /low on memory/,
    ],
  ] satisfies [string, JobEnding, string, RegExp][])('%s', ([, ending, kind, message]) => {
    expect(outcome([block(5000, row('a'))], ending, ['a', 'b'])).toEqual({
      state: 'failed',
      kind,
      message: expect.stringMatching(message),
    })
  })

  test('why an engine could not start stands in the log of its process, and not in what reaches the driver', () => {
    const failure: DriverEvent = {
      event: 'failure',
      atMs: 2000,
      type: 'ActorDiedError',
      message:
        'ray.exceptions.ActorDiedError: The actor died because of an error raised in its creation task\nRuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}\n',
    }
    const log =
      '\u001b[36m(MapWorker pid=7)\u001b[0m (EngineCore pid=9) ERROR 11-21 core.py:402 ValueError: No available memory for the cache blocks.\n'
    expect(outcome([failure], over({ status: 'FAILED', driver_exit_code: 1 }, log))).toEqual({
      state: 'failed',
      kind: 'memory exhaustion',
      message: expect.stringContaining('No available memory for the cache blocks'),
    })
  })

  test('one that ends well without its last word has lost something', () => {
    expect(outcome([block(5000, row('a'))], over({}), ['a'])).toMatchObject({ state: 'failed', kind: 'unknown' })
  })
})
