import { inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { BadInputError } from '../errors.ts'
import { squaresPng } from './image-png.ts'
import { imageWorkload, slice, syntheticWorkload, type Workload } from './index.ts'

const size = { widthPixels: 40, heightPixels: 30 }

describe('a picture', () => {
  test('is a PNG of its size, every chunk with its checksum', () => {
    const { header, rows } = read(squaresPng(size, 'a'))
    expect([header.readUInt32BE(0), header.readUInt32BE(4), ...header.subarray(8)]).toEqual([40, 30, 8, 2, 0, 0, 0])
    expect(rows).toHaveLength(30 * (1 + 40 * 3))
    const colours = new Set<string>()
    for (let y = 0; y < 30; y++) {
      expect(rows[y * 121]).toBe(0)
      for (let x = 0; x < 40; x++) colours.add(rows.subarray(y * 121 + 1 + x * 3, y * 121 + 4 + x * 3).toString('hex'))
    }
    expect(colours.size).toBe(3 * 3)
  })

  test('follows from its key alone', () => {
    expect(squaresPng(size, 'a')).toEqual(squaresPng(size, 'a'))
    expect(squaresPng(size, 'a')).not.toEqual(squaresPng(size, 'b'))
  })

  /** Written from the PNG specification, checksum (CRC-32, bit by bit) included, and not from the writer. */
  function read(png: Buffer): { header: Buffer; rows: Buffer } {
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
    const chunks = new Map<string, Buffer>()
    for (let at = 8; at < png.length; ) {
      const length = png.readUInt32BE(at)
      const body = png.subarray(at + 4, at + 8 + length)
      expect(png.readUInt32BE(at + 8 + length)).toBe(crc(body))
      chunks.set(body.toString('latin1', 0, 4), body.subarray(4))
      at += 12 + length
    }
    expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND'])
    return {
      header: chunks.get('IHDR') ?? Buffer.alloc(0),
      rows: inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0)),
    }
  }

  function crc(bytes: Buffer): number {
    let remainder = 0xffffffff
    for (const byte of bytes) {
      remainder ^= byte
      for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0)
    }
    return (remainder ^ 0xffffffff) >>> 0
  }
})

describe('a workload with images', () => {
  const texts = () => syntheticWorkload({ promptTokens: 10, outputTokens: 4, seed: 1 })
  const bodies = async (workload: Workload, count: number) => {
    const found: Record<string, unknown>[] = []
    for await (const { body } of slice(workload.requests(0), 0, count)) found.push(body)
    return found
  }

  test('sends the same requests, an image before each text', async () => {
    const [plain, shown] = [await bodies(await texts(), 2), await bodies(imageWorkload(await texts(), size), 2)]
    for (const [i, body] of shown.entries()) {
      const { messages, ...rest } = body
      const { messages: before, ...restBefore } = plain[i] ?? {}
      expect(rest).toEqual(restBefore)
      expect(messages).toEqual([
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: expect.stringMatching(/^data:image\/png;base64,iVBORw0KGgo/) } },
            { type: 'text', text: (before as { content: string }[])[0]?.content },
          ],
        },
      ])
    }
    expect(JSON.stringify(shown[0]?.messages)).not.toBe(JSON.stringify(shown[1]?.messages))
    expect(await bodies(imageWorkload(await texts(), size), 2)).toEqual(shown)
  })

  test('is another one than without, and with another size', async () => {
    const plain = await texts()
    const hashes = [plain, imageWorkload(plain, size), imageWorkload(plain, { ...size, widthPixels: 41 })]
    expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(3)
    expect(imageWorkload(plain, size).description).toContain('an image of 40 × 30 pixels')
  })

  test('refuses a request that is no single text', async () => {
    const plain = await texts()
    const odd: Workload = {
      ...plain,
      *requests() {
        yield { id: 'odd', path: '/v1/completions', body: { prompt: 'Hello' }, expectedCompletionTokens: null }
      },
    }
    await expect(bodies(imageWorkload(odd, size), 1)).rejects.toThrow(BadInputError)
    await expect(bodies(imageWorkload(odd, size), 1)).rejects.toThrow('"odd"')
  })
})
