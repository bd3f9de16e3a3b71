import { expect, test } from 'vitest'
import recorded from '../engines/openai/openai-servers.data.json' with { type: 'json' }
import { CompletionStream } from './completion-stream.ts'
import { openaiWithoutDoneFormat } from './openai-without-done-format.ts'

const whole = recorded.servers['transformers serve 5.23.0'].stream.body

function read(text: string, format?: typeof openaiWithoutDoneFormat): CompletionStream {
  const stream = new CompletionStream(format)
  stream.push(Buffer.from(text), 5)
  return stream
}

test('a stream of transformers serve is whole with finish reason and usage in one event', () => {
  const stream = read(whole, openaiWithoutDoneFormat)
  expect(stream.end()).toBeNull()
  expect(stream).toMatchObject({ isComplete: true, finishReason: 'length', doneAtMs: 5, arrivalsAtMs: [5] })
})

test('a stream that is cut off before that event is not', () => {
  const cut = whole.slice(0, whole.lastIndexOf('data: '))
  expect(read(cut, openaiWithoutDoneFormat).end()).toEqual({
    failure: 'incomplete-stream',
    message: expect.stringContaining('without a finish reason, usage, an event with finish reason and usage'),
  })
})

test('of a server that sends [DONE], the same stream is not whole', () => {
  expect(read(whole).end()).toMatchObject({ failure: 'incomplete-stream' })
})
