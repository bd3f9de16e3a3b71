import { describe, expect, test } from 'vitest'
import { utf8 } from './completion-event.ts'
import { SseCutter } from './sse-cutter.ts'

/** Everything the cutter hands over, as people read it. */
function cut(parts: Buffer[]): string[] {
  const seen: string[] = []
  const cutter = new SseCutter({
    skim: (_bytes, from) => from,
    event: (type, data) => seen.push(`${type}|${utf8(data)}`),
    strayLine: line => seen.push(`stray|${utf8(line)}`),
  })
  for (const part of parts) cutter.push(part)
  return seen
}

const tricky = [
  '\ufeffdata: first\n\n',
  ': a comment\n\n',
  'data:no space\r\n\r\n',
  'data:  two spaces\r\r',
  'event: error\nid: 7\nretry: 10\ndata: {"a":\ndata: "漢字 😀"}\n\n',
  'data\n\n',
  'event: dropped without data\n\n',
  'data: mixed\r\n\n',
  'proxy error: gone\n',
  'data: [DONE]\n\n',
  'data: cut off by the end of the stream\n',
].join('')

const expected = [
  'message|first',
  'message|no space',
  'message| two spaces',
  'error|{"a":\n"漢字 😀"}',
  'message|',
  'message|mixed',
  'stray|proxy error: gone',
  'message|[DONE]',
]

describe('SseCutter', () => {
  const bytes = Buffer.from(tricky)

  test('reads a tricky stream in one read', () => {
    expect(cut([bytes])).toEqual(expected)
  })

  test('reads it the same split at every position, inside of characters and line ends too', () => {
    for (let at = 0; at <= bytes.length; at++) {
      expect(cut([bytes.subarray(0, at), bytes.subarray(at)]), `split at byte ${at}`).toEqual(expected)
    }
  })

  test('reads it the same byte by byte', () => {
    expect(cut(Array.from(bytes, byte => Buffer.from([byte])))).toEqual(expected)
  })

  test('a byte order mark counts at the start only', () => {
    expect(cut([Buffer.from('data: a\n\n\ufeffdata: b\n\n')])).toEqual(['message|a', 'stray|\ufeffdata: b'])
  })

  test('a line without end is refused', () => {
    const megabyte = Buffer.alloc(2 ** 20, 'x')
    expect(() => cut(Array.from({ length: 17 }, () => megabyte))).toThrow('16 MiB')
  })
})
