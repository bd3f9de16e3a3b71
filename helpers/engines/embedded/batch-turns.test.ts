import { expect, test } from 'vitest'
import { BatchTurns } from './batch-turns.ts'

const turnOfEventLoop = () => new Promise(resolve => setImmediate(resolve))

test('nobody starts a call while a batch has results to come, and then all do', async () => {
  const turns = new BatchTurns()
  const started: string[] = []
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  const calls = [turns.take(() => first.promise), turns.take(() => second.promise)]
  turns.started(2)
  const later = ['a', 'b'].map(name =>
    turns.take(async () => {
      started.push(name)
    }),
  )
  first.resolve()
  await calls[0]
  await turnOfEventLoop()
  expect(started).toEqual([])
  second.resolve()
  await Promise.all([...calls, ...later])
  expect(started).toEqual(['a', 'b'])
})

test('a call that fails is over as well', async () => {
  const turns = new BatchTurns()
  const failing = Promise.withResolvers<void>()
  const call = turns.take(() => failing.promise)
  turns.started(1)
  const next = turns.take(async () => 'next')
  failing.reject(new Error('decode failed'))
  await expect(call).rejects.toThrow('decode failed')
  expect(await next).toBe('next')
})
