import { expect, test } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import { EventReader } from './driver-event.ts'

const prefix = 'perf-12'
const end = `${prefix} {"event":"end","atMs":7}\n`
const block = `${prefix} {"event":"block","atMs":5,"rows":[{"id":"a","promptTokens":3,"completionTokens":4,"tookMs":1.5},{"id":"b","error":"ValueError: no"}]}\n`
const events = [
  {
    event: 'block',
    atMs: 5,
    rows: [
      { id: 'a', promptTokens: 3, completionTokens: 4, tookMs: 1.5 },
      { id: 'b', error: 'ValueError: no' },
    ],
  },
  { event: 'end', atMs: 7 },
]

test('finds the events among lines of others', () => {
  const log = `2026-11-21 INFO streaming_executor.py:87\n(pid=1) {"event":"end"}\n${block}perf-13 {"event":"end","atMs":1}\n${end}`
  expect(new EventReader(prefix).take(log)).toEqual(events)
})

test('behind what a progress bar left on the line', () => {
  expect(new EventReader(prefix).take(`Running 0: 12 row [00:00]\r${end}`)).toEqual(events.slice(1))
})

test('in pieces cut anywhere', () => {
  const log = block + end
  for (let size = 1; size < 40; size += 7) {
    const reader = new EventReader(prefix)
    const found = []
    for (let at = 0; at < log.length; at += size) found.push(...reader.take(log.slice(at, at + size)))
    expect(found).toEqual(events)
    expect(reader.read).toBe(log.length)
  }
})

test.for([`${prefix} {"event":"block"\n`, `${prefix} {"event":"begin","atMs":1}\n`])(
  'one of its own that is not as it must be is an error: %j',
  text => {
    expect(() => new EventReader(prefix).take(text)).toThrow(CouldNotMeasureError)
  },
)
