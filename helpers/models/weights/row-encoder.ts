import { brainFloatBits, halfFloatBits } from './half-float.ts'
import type { RandomStream } from './random-stream.ts'
import type { Level, SpecialRow } from './tensor.ts'
import { type TensorTypeName, tensorTypes } from './tensor-type.ts'

/** Writes rows of random weights in one stored type. */
export interface RowEncoder {
  /** `bytes` is a whole number of rows at the start of a buffer of its own, whose size is a multiple of 4. */
  fill(bytes: Buffer, random: RandomStream): void
  pin(row: Buffer, column: number, level: Level): void
  /** `row` is all zero bytes before. */
  wire(row: Buffer, column: number, value: number): void
}

export function rowEncoder(type: TensorTypeName, deviation: number): RowEncoder {
  switch (type) {
    case 'f32':
      return floatEncoder(
        deviation,
        (...part) => new Float32Array(...part),
        value => value,
      )
    case 'f16':
      return floatEncoder(deviation, (...part) => new Uint16Array(...part), halfFloatBits)
    case 'bf16':
      return floatEncoder(deviation, (...part) => new Uint16Array(...part), brainFloatBits)
    case 'q8_0':
      return q8Encoder(deviation)
    case 'q4_0':
      return q4Encoder(deviation)
  }
}

/** Of a whole number drawn evenly from −128 to 127. */
const byteDeviation = Math.sqrt((256 ** 2 - 1) / 12)
/** Of one drawn from −7 to 7, zero twice as often as each other: 2 (1² + … + 7²) / 16 is the variance. */
const nibbleDeviation = Math.sqrt(17.5)

/** The value of level 1, in standard deviations of a random weight. */
export const peakDeviations: Record<TensorTypeName, number> = {
  f32: Math.sqrt(3),
  f16: Math.sqrt(3),
  bf16: Math.sqrt(3),
  q8_0: 127 / byteDeviation,
  q4_0: 7 / nibbleDeviation,
}

/** Makes a row special that `fill` has already made random. */
export function encodeSpecialRow(encoder: RowEncoder, row: Buffer, special: SpecialRow): void {
  if (special.kind === 'pinned') {
    for (const { column, level } of special.pins) encoder.pin(row, column, level)
    return
  }
  // Zero bytes are zeros in every type: a float 0, or a block whose scale is 0.
  row.fill(0)
  if (special.kind === 'wire') encoder.wire(row, special.column, special.value)
}

/** One random byte a value, through a table: 256 steps are plenty, and the conversion is done once. */
function floatEncoder(
  deviation: number,
  view: (buffer: ArrayBufferLike, byteOffset: number, length: number) => Float32Array | Uint16Array,
  stored: (value: number) => number,
): RowEncoder {
  const peak = deviation * Math.sqrt(3)
  const table = Float64Array.from({ length: 256 }, (_, byte) => stored((byte / 127.5 - 1) * peak))
  const valueBytes = view(new ArrayBuffer(4), 0, 1).BYTES_PER_ELEMENT
  let words = new Uint32Array()
  const put = (row: Buffer, column: number, value: number) => {
    view(row.buffer, row.byteOffset + column * valueBytes, 1)[0] = stored(value)
  }
  return {
    fill(bytes, random) {
      const values = view(bytes.buffer, bytes.byteOffset, bytes.length / valueBytes)
      const wordCount = Math.ceil(values.length / 4)
      if (words.length < wordCount) words = new Uint32Array(wordCount)
      random.fill(words.subarray(0, wordCount))
      const indexes = new Uint8Array(words.buffer)
      for (let i = 0; i < values.length; i++) values[i] = table[indexes[i] as number] as number
    },
    pin: (row, column, level) => put(row, column, level * peak),
    wire: put,
  }
}

/** Blocks of a half-float scale and 32 signed bytes. */
function q8Encoder(deviation: number): RowEncoder {
  const { blockBytes, blockValues } = tensorTypes.q8_0
  const cell = (column: number) => Math.floor(column / blockValues) * blockBytes + 2 + (column % blockValues)
  return {
    fill(bytes, random) {
      fillBlocks(bytes, random, blockBytes, deviation / byteDeviation)
    },
    pin: (row, column, level) => void row.writeInt8(level * 127, cell(column)),
    wire(row, column, value) {
      row.writeUInt16LE(halfFloatBits(value / 127), Math.floor(column / blockValues) * blockBytes)
      row.writeInt8(127, cell(column))
    },
  }
}

/** Blocks of a half-float scale and 32 nibbles, 8 meaning 0: byte i holds value i (low) and value i + 16 (high). */
function q4Encoder(deviation: number): RowEncoder {
  const { blockBytes, blockValues } = tensorTypes.q4_0
  const put = (row: Buffer, column: number, nibble: number) => {
    const withinBlock = column % blockValues
    const at = Math.floor(column / blockValues) * blockBytes + 2 + (withinBlock % 16)
    const byte = row[at] as number
    row[at] = withinBlock < 16 ? (byte & 0xf0) | nibble : (byte & 0x0f) | (nibble << 4)
  }
  return {
    fill(bytes, random) {
      fillBlocks(bytes, random, blockBytes, deviation / nibbleDeviation, centreNibbles)
    },
    pin: (row, column, level) => put(row, column, 8 + level * 7),
    wire(row, column, value) {
      const start = Math.floor(column / blockValues) * blockBytes
      row.writeUInt16LE(halfFloatBits(value / 7), start)
      row.fill(0x88, start + 2, start + blockBytes)
      put(row, column, 15)
    },
  }
}

/** Random bytes everywhere, then the same scale at the head of every block. */
function fillBlocks(
  bytes: Buffer,
  random: RandomStream,
  blockBytes: number,
  scale: number,
  adjust?: (words: Uint32Array) => void,
): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, Math.ceil(bytes.length / 4))
  random.fill(words)
  adjust?.(words)
  const bits = halfFloatBits(scale)
  for (let at = 0; at < bytes.length; at += blockBytes) {
    bytes[at] = bits & 0xff
    bytes[at + 1] = bits >>> 8
  }
}

/**
 * Turns every nibble 0 (the value −8) into 8 (the value 0). A mean of −½ in every weight would add up over a row, and
 * layer by layer everything would become that one direction: the same words at every position.
 */
function centreNibbles(words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number
    const nonZero = word | (word >>> 1) | (word >>> 2) | (word >>> 3)
    words[i] = word | ((~nonZero & 0x11111111) << 3)
  }
}
