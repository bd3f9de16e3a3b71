import { createHash } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'

export interface ImageSize {
  widthPixels: number
  heightPixels: number
}

/** Of the squares that the picture is made of: large enough that it compresses as well as a drawing does. */
const SQUARE_PIXELS = 14
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** Bits a colour, and 2 for red, green and blue: the header's, in PNG's specification. */
const COLOUR_BITS = 8
const TRUE_COLOUR = 2

/** A PNG of coloured squares: the same key gives the same bytes, another key another picture. */
export function squaresPng({ widthPixels, heightPixels }: ImageSize, key: string): Buffer {
  const across = Math.ceil(widthPixels / SQUARE_PIXELS)
  const down = Math.ceil(heightPixels / SQUARE_PIXELS)
  const colours = createHash('shake256', { outputLength: across * down * 3 })
    .update(key)
    .digest()
  // Each row begins with a byte for its filter, which is none.
  const rowBytes = 1 + widthPixels * 3
  const rows = Buffer.alloc(rowBytes * heightPixels)
  for (let y = 0; y < heightPixels; y++) {
    for (let x = 0; x < widthPixels; x++) {
      const square = Math.floor(y / SQUARE_PIXELS) * across + Math.floor(x / SQUARE_PIXELS)
      colours.copy(rows, y * rowBytes + 1 + x * 3, square * 3, square * 3 + 3)
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(widthPixels, 0)
  header.writeUInt32BE(heightPixels, 4)
  header[8] = COLOUR_BITS
  header[9] = TRUE_COLOUR
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
