import { describe, expect, test } from 'vitest'
import { TextStream } from './text-stream.ts'

/** Each token is one byte, as in the byte tokens of real vocabularies. */
const bytes = (tokens: number[]): string => Buffer.from(tokens).toString('utf8')

const run = (text: string, stop: string[] = []): { texts: string[]; stopped: boolean; rest: string } => {
  const stream = new TextStream(bytes, stop)
  const texts: string[] = []
  for (const byte of Buffer.from(text)) {
    const { text: piece, stopped } = stream.push(byte)
    texts.push(piece)
    if (stopped) return { texts, stopped, rest: '' }
  }
  return { texts, stopped: false, rest: stream.flush() }
}

describe('characters of several tokens', () => {
  test('come whole, with their last token', () => {
    expect(run('aé€😀b').texts).toEqual(['a', '', 'é', '', '', '€', '', '', '', '😀', 'b'])
  })

  test('that never get whole are sent as what they are, after four tokens or at the end', () => {
    const stream = new TextStream(bytes, [])
    expect([0xe2, 0xe2, 0xe2].map(byte => stream.push(byte).text)).toEqual(['', '', ''])
    expect(stream.push(0xe2).text).toBe('\uFFFD\uFFFD\uFFFD\uFFFD')
    expect(run('a').rest).toBe('')
    stream.push(0xe2)
    expect(stream.flush()).toBe('\uFFFD')
  })
})

describe('stop strings', () => {
  test('end the text before them, though they come in pieces', () => {
    expect(run('one END two', ['END'])).toMatchObject({ texts: ['o', 'n', 'e', ' ', '', '', ''], stopped: true })
  })

  test('that do not come whole are sent after all', () => {
    const { texts, stopped, rest } = run('an ENemy at the EN', ['END'])
    expect(stopped).toBe(false)
    expect(texts.join('')).toBe('an ENemy at the ')
    expect(rest).toBe('EN')
  })

  test('the first one in the text counts, and empty ones do not', () => {
    expect(run('abcd', ['', 'd', 'bc']).texts.join('')).toBe('a')
    expect(run('abcd', ['']).stopped).toBe(false)
  })
})
