import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { CompletionStream } from '../completion-stream.ts'
import { learnTemplate, matchTemplate } from '../token-template.ts'
import { ollamaFormat } from './ollama-format.ts'

interface Answer {
  path: string
  status: number
  contentType: string
  text: string
}
interface Recorded {
  engine: string
  version: string
  answers: Record<string, Answer>
}

const data = new URL('./answers.data.json', import.meta.url)
const { recorded } = JSON.parse(await readFile(data, 'utf8')) as { recorded: Recorded[] }

/** Feeds texts, one a read; read i arrives at i ms. */
function read(...reads: string[]): CompletionStream {
  const stream = new CompletionStream(ollamaFormat)
  for (const [i, text] of reads.entries()) stream.push(Buffer.from(text), i)
  return stream
}
const linesOf = (text: string): string[] => text.split(/(?<=\n)/)

describe.for(recorded)('Ollama $version', ({ answers, version }) => {
  const streamOf = (name: string) => {
    const text = answers[name]?.text ?? ''
    const stream = read(...linesOf(text))
    return { stream, failure: stream.end(), lines: linesOf(text).map(line => JSON.parse(line)) }
  }

  test.each([
    ['chat', 6, 'length', 19],
    ['chat, its prompt cached', 6, 'length', 19],
    ['plain', 6, 'length', 6],
    ['one token', 1, 'length', 19],
  ])('%s: %i tokens', (name, tokens, finishReason, promptTokens) => {
    const { stream, failure, lines } = streamOf(name)
    const last = lines.at(-1)
    expect(failure).toBeNull()
    expect(stream).toMatchObject({
      isComplete: true,
      finishReason,
      usage: { promptTokens, completionTokens: tokens, cachedTokens: null },
      firstAnswerAtMs: 0,
      doneAtMs: lines.length - 1,
      timings: {
        promptMs: last.prompt_eval_duration / 1e6,
        predictedMs: (last.eval_duration ?? 0) / 1e6,
        loadMs: last.load_duration / 1e6,
      },
    })
    expect(stream.arrivalsAtMs).toEqual(Array.from({ length: tokens }, (_, i) => i))
  })

  test('thinking is reasoning: tokens, but no answer', () => {
    const { stream, failure } = streamOf('thinking')
    expect(failure).toBeNull()
    expect(stream.arrivalsAtMs).toHaveLength(6)
    expect(stream.firstAnswerAtMs).toBeNull()
  })

  test('an end of the model’s own', () => {
    const { stream, failure, lines } = streamOf('ended by the model')
    expect(failure).toBeNull()
    expect(stream.finishReason).toBe('stop')
    expect(stream.usage?.completionTokens).toBe(lines.at(-1).eval_count)
  })

  test('is the same wherever it is split, and most lines are not parsed', () => {
    const bytes = Buffer.from(answers['ended by the model']?.text ?? '')
    const whole = new CompletionStream(ollamaFormat)
    whole.push(bytes, 0)
    expect(whole.isFast).toBe(true)
    for (let at = 0; at <= bytes.length; at += 7) {
      const stream = new CompletionStream(ollamaFormat)
      stream.push(bytes.subarray(0, at), 0)
      stream.push(bytes.subarray(at), 0)
      expect(stream.end(), `split at byte ${at}`).toBeNull()
      expect(stream.arrivalsAtMs.length, `split at byte ${at}`).toBe(whole.arrivalsAtMs.length)
      expect(stream.usage, `split at byte ${at}`).toEqual(whole.usage)
    }
  })

  test('one line teaches the template of all, though each has its own time', () => {
    const [first = '', ...others] = linesOf(answers.chat?.text ?? '').slice(0, -1)
    const { content } = JSON.parse(first).message
    const template = learnTemplate(ollamaFormat, first.trimEnd(), 'answer', content)
    if (template === null) throw new Error('nothing learnt')
    expect(others).toHaveLength(5)
    for (const line of others) expect(matchTemplate(template, Buffer.from(line), 0)).toBe(line.length)
  })

  test('what ends a stream is told as an error under HTTP 200: a runner that was killed, a context that was exceeded', () => {
    const [name, failure] =
      version === '0.17.4' ? ['runner killed', 'proxy-error'] : ['context exceeded', 'error-record']
    const { stream, failure: seen } = streamOf(`${name}, last lines`)
    expect(answers[`${name}, last lines`]?.status).toBe(200)
    expect(seen).toEqual({
      failure,
      message: expect.stringContaining('an error was encountered while running the model'),
    })
    expect(stream.arrivalsAtMs).toEqual([0, 1, 2])
  })

  test('without its last record it is incomplete', () => {
    const text = answers.chat?.text ?? ''
    const cut = read(...linesOf(text).slice(0, -1))
    expect(cut.end()).toMatchObject({ failure: 'incomplete-stream', message: expect.stringContaining('"done": true') })
    const torn = read(text.slice(0, -20))
    expect(torn.end()?.failure).toBe('incomplete-stream')
    expect(torn.isComplete).toBe(false)
  })
})

const answerOf = (version: string, name: string): string =>
  recorded.find(each => each.version.startsWith(version))?.answers[name]?.text ?? ''

describe('equal tokens', () => {
  test('0.33.0 gives up on them, without a word', () => {
    const stream = read(...linesOf(answerOf('0.33.0', 'equal tokens')))
    expect(stream.arrivalsAtMs).toHaveLength(31)
    expect(stream.end()).toEqual({
      failure: 'incomplete-stream',
      message: expect.stringMatching(/ended after 31 events .* "done": true \(Ollama also ends .* 30 equal tokens/),
    })
  })

  test('records are not tokens: 0.17.4 holds back what is no whole character', () => {
    const stream = read(...linesOf(answerOf('0.17.4', 'equal tokens')))
    expect(stream.end()).toBeNull()
    expect(stream.usage?.completionTokens).toBe(100)
    expect(stream.arrivalsAtMs.length).toBeLessThan(100)
  })
})

const record = (fields: object) =>
  `${JSON.stringify({ model: 'm', created_at: '2026-11-21T06:00:00.1Z', ...fields })}\n`
const token = (content: string) => record({ message: { role: 'assistant', content }, done: false })
const done = record({
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: 'stop',
  total_duration: 9e6,
  load_duration: 2e6,
  prompt_eval_count: 4,
  prompt_eval_duration: 3e6,
})

describe('lines', () => {
  test('fields that Go leaves out are zero, but a prompt without a count is not known', () => {
    expect(read(done)).toMatchObject({
      isComplete: true,
      usage: { promptTokens: 4, completionTokens: 0 },
      timings: { promptMs: 3, predictedMs: 0, loadMs: 2 },
    })
    const uncounted = read(record({ response: '', done: true, done_reason: 'load' }))
    expect(uncounted.end()).toMatchObject({ failure: 'incomplete-stream', message: expect.stringContaining('usage') })
  })

  test('are counted alike by template and by parser, whatever the text is', () => {
    const texts = [' a', ' b', '"', '\\', '\n', 'é', '漢', '😀', '', ' ', '}', '"},"done":true', 'done', '\u2028', 'z']
    const stream = read(...texts.map(token), done)
    expect(stream.arrivalsAtMs).toEqual(texts.flatMap((text, i) => (text === '' ? [] : [i])))
    expect(stream.end()).toBeNull()
  })

  test('of answers that follow thinking begin the answer', () => {
    const thought = record({ message: { role: 'assistant', content: '', thinking: 'hm' }, done: false })
    const stream = read(thought, thought, thought, token(' a'), token(' b'), done)
    expect(stream.arrivalsAtMs).toEqual([0, 1, 2, 3, 4])
    expect(stream.firstAnswerAtMs).toBe(3)
  })

  test('with a tool call are tokens', () => {
    const call = { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: {} } }] }
    expect(read(record({ message: call, done: false })).arrivalsAtMs).toEqual([0])
  })

  test('may be empty, or end in CRLF, and the last may lack its end', () => {
    expect(read(token(' a').replace('\n', '\r\n'), '\n', done.trimEnd()).end()).toBeNull()
  })

  test.each([
    ['error-record', 'boom', '{"error":"boom"}\n'],
    ['error-record', 'too long', '{"error":"{\\"error\\":{\\"code\\":400,\\"message\\":\\"too long\\"}}"}\n'],
    ['error-record', '{not json', '{"error":"{not json"}\n'],
    ['malformed-event', 'not JSON', '{"message":{"content":" a\n'],
    ['malformed-event', 'not a JSON object', '7\n'],
    ['malformed-event', 'not a record of a completion', '{"status":"success"}\n'],
    ['malformed-event', 'not JSON', 'data: {"choices":[]}\n\n'],
  ] as const)('%s: %s', (failure, message, text) => {
    const stream = read(token(' a'), token(' b') + text + token(' c'))
    expect(stream.failure).toEqual({ failure, message: expect.stringContaining(message) })
    expect(stream.arrivalsAtMs).toHaveLength(2)
  })

  test('an error in a last line without its end', () => {
    expect(read(token(' a'), '{"error":"boom"}').end()).toEqual({ failure: 'error-record', message: 'boom' })
  })

  test('a template lets no other line through', () => {
    const good = [token(' a'), token(' b')]
    expect(read(...good, token(' c').replace('false', 'true')).doneAtMs).toBe(2)
    expect(read(...good, token(' c').replace(' c', 'c\tc')).failure?.failure).toBe('malformed-event')
    expect(read(...good, token(' c').replace('"m"', '"n"')).arrivalsAtMs).toEqual([0, 1, 2])
    expect(read(...good, token(' c').replace('2026-11-21T06:00:00.1Z', '')).arrivalsAtMs).toEqual([0, 1, 2])
  })

  test('one without end is refused', () => {
    const stream = new CompletionStream(ollamaFormat)
    const megabyte = Buffer.alloc(2 ** 20, 'x')
    for (let i = 0; i < 17; i++) stream.push(megabyte, i)
    expect(stream.failure).toEqual({ failure: 'malformed-event', message: expect.stringContaining('16 MiB') })
  })
})
