import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BadInputError, RecordingError } from '../errors.ts'
import { startFaultServer } from '../testing/fault-server/index.ts'
import { completedIds, openRecords, type RequestRecord, readRecordLines, readRecords, runLoad } from './index.ts'
import { collect, requestsOf } from './testing-requests.ts'

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'records-'))
  file = join(directory, 'records.jsonl')
})
afterEach(() => rm(directory, { recursive: true }))

const base = { batch: 0, chunk: 0, scheduledAtMs: 1, sentAtMs: 1.5, endedAtMs: 9 }
const completed = (id: string): RequestRecord => ({
  ...base,
  id,
  state: 'completed',
  finishReason: 'length',
  ttftMs: 2,
  ttfotMs: null,
  arrivalsMs: [2, 3.25],
  promptTokens: 4,
  completionTokens: 2,
  cachedTokens: null,
  timings: { promptMs: 1, predictedMs: 2, loadMs: null },
})
const batched = (id: string): RequestRecord => ({
  ...base,
  id,
  state: 'batched',
  finishReason: 'stop',
  promptTokens: 4,
  completionTokens: 2,
  cachedTokens: null,
})
const whole = (id: string): RequestRecord => ({
  ...base,
  id,
  state: 'whole',
  finishReason: 'length',
  promptTokens: 4,
  completionTokens: 2,
  cachedTokens: 0,
  timings: { promptMs: 1, predictedMs: 2, loadMs: null },
})
const failed = (id: string): RequestRecord => ({
  ...base,
  id,
  state: 'failed',
  failure: 'stall',
  message: 'nothing for 10 ms\nafter 2 events',
  httpStatus: 200,
  tokensSeen: 2,
})
const options = { workloadHash: 'abc', runId: 'run-1' }

async function write(records: RequestRecord[], { resume = false } = {}): Promise<void> {
  await using writer = await openRecords(file, { ...options, resume })
  for (const record of records) await writer.write(record)
}
const ids = async () => (await collect(readRecords(file))).map(record => record.id)

describe('writing and reading', () => {
  test('what is written is read again, after a header', async () => {
    const records = [completed('a'), failed('b'), batched('c'), whole('d')]
    await write(records)
    const [header, ...lines] = await collect(readRecordLines(file))
    expect(header).toEqual({
      kind: 'header',
      header: {
        schema: 1,
        workload: 'abc',
        run: 'run-1',
        startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        monotonicMs: expect.any(Number),
      },
    })
    expect(lines).toEqual(records.map(record => ({ kind: 'record', record })))
  })

  test('a record is in the file once it is flushed, not only at the end', async () => {
    await using writer = await openRecords(file, options)
    await writer.write(completed('a'))
    await writer.flush()
    expect(await ids()).toEqual(['a'])
  })

  test('a file that is there is never overwritten', async () => {
    await write([completed('a')])
    await expect(openRecords(file, options)).rejects.toThrow(BadInputError)
    expect(await ids()).toEqual(['a'])
  })

  test('many records pass through in order', async () => {
    const many = Array.from({ length: 5000 }, (_, i) => completed(`r${i}`))
    await write(many)
    expect(await ids()).toEqual(many.map(record => record.id))
  })
})

describe('a run that was killed', () => {
  test('its torn last line is passed over', async () => {
    await write([completed('a'), completed('b')])
    await appendFile(file, '{"id":"c","bat')
    expect(await ids()).toEqual(['a', 'b'])
  })

  test('is resumed: the torn line goes, a second header comes, what completed need not be sent again', async () => {
    await write([completed('a'), failed('b')])
    await appendFile(file, `{"id":"c","message":"${'x'.repeat(100_000)}`)
    await write([completed('b')], { resume: true })
    const kinds = (await collect(readRecordLines(file))).map(line => line.kind)
    expect(kinds).toEqual(['header', 'record', 'record', 'header', 'record'])
    expect(await completedIds(file, 'abc')).toEqual(new Set(['a', 'b']))
  })

  test('failed requests are to be sent again', async () => {
    await write([completed('a'), failed('b'), batched('c')])
    expect(await completedIds(file, 'abc')).toEqual(new Set(['a', 'c']))
  })

  test('resuming where there is no file starts one', async () => {
    await write([completed('a')], { resume: true })
    expect(await ids()).toEqual(['a'])
  })

  test('resuming with another workload is refused', async () => {
    await write([completed('a')])
    await expect(completedIds(file, 'other')).rejects.toThrow(/workload abc, and this run's is other/)
  })
})

describe('a bad file', () => {
  test.each([
    ['not JSON', '{"id":', /line 3: not JSON/],
    ['a wrong field', JSON.stringify({ ...completed('x'), ttftMs: 'soon' }), /line 3: ttftMs: .*expected number/],
    ['a missing field', '{"state":"completed","id":"x"}', /line 3: batch/],
    ['another state', JSON.stringify({ ...completed('x'), state: 'maybe' }), /line 3: state/],
    ['an empty line', '', /line 3: not JSON/],
  ])('%s is reported by its line', async (_name, line, message) => {
    await write([completed('a')])
    await appendFile(file, `${line}\n`)
    const reading = collect(readRecords(file))
    await expect(reading).rejects.toThrow(message)
    await expect(reading).rejects.toThrow(BadInputError)
  })

  test('no header', async () => {
    await writeFile(file, `${JSON.stringify(completed('a'))}\n`)
    await expect(ids()).rejects.toThrow(/line 1: no header/)
  })

  test('no file', async () => {
    await expect(ids()).rejects.toThrow(BadInputError)
  })
})

describe('a full disk', () => {
  test.runIf(existsSync('/dev/full'))('is said when the file is opened', async () => {
    const opening = openRecords('/dev/full', { ...options, resume: true })
    await expect(opening).rejects.toThrow(RecordingError)
    await expect(opening).rejects.toThrow(/ENOSPC.*Free some space/)
  })

  test('later: a RecordingError, and what was written before is kept', async ({ skip }) => {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory])
    if (mounted.status !== 0) skip('mounting a small file system needs root')
    try {
      const writer = await openRecords(file, options)
      const writeAll = async () => {
        for (let i = 0; i < 5000; i++) await writer.write(completed(`r${i}`))
        await writer.flush()
      }
      await expect(writeAll()).rejects.toThrow(RecordingError)
      await expect(writer.write(completed('later'))).rejects.toThrow(/ENOSPC/)
      await expect(writer.close()).rejects.toThrow(RecordingError)
      const kept = await ids()
      expect(kept.length).toBeGreaterThan(100)
      expect(kept).toEqual(kept.map((_, i) => `r${i}`))
    } finally {
      spawnSync('umount', [directory])
    }
  })
})

test('a run whose disk fills up ends, keeps what was finished, and leaves nothing running', async () => {
  await using server = await startFaultServer({ ttftMs: 1, tokensPerSecond: 1000 })
  const writer = await openRecords(file, options)
  let written = 0
  // The file system's answer, given by the writer itself from the tenth record on.
  const filling = {
    ...writer,
    file,
    flush: () => writer.flush(),
    close: () => writer.close(),
    [Symbol.asyncDispose]: () => writer.close(),
    write: async (record: RequestRecord) => {
      if (++written > 10) throw new RecordingError('ENOSPC')
      await writer.write(record)
    },
  }
  const run = runLoad({
    target: server.target(),
    requests: requestsOf(100),
    schedule: { kind: 'closed loop', concurrency: 4 },
    batch: 0,
    records: filling,
  })
  await expect(run).rejects.toThrow(RecordingError)
  await writer.close()
  expect(await ids()).toHaveLength(10)
  expect((await readFile(file, 'utf8')).endsWith('\n')).toBe(true)
  const { entries } = await server.ledger()
  expect(entries.length).toBeLessThan(20)
})
