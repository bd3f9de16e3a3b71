import { describe, expect, test } from 'vitest'
import { RandomStream } from './random-stream.ts'
import { encodeSpecialRow, peakDeviations, rowEncoder } from './row-encoder.ts'
import type { SpecialRow } from './tensor.ts'
import { rowBytes, type TensorTypeName } from './tensor-type.ts'

const columns = 256
const rows = 64
const deviation = 0.05
const types: TensorTypeName[] = ['f32', 'f16', 'bf16', 'q8_0', 'q4_0']

describe.for(types)('rows of %s', type => {
  const encoder = rowEncoder(type, deviation)

  function encode(special?: SpecialRow): number[] {
    const bytesPerRow = rowBytes(type, columns)
    const bytes = Buffer.from(new ArrayBuffer(rows * bytesPerRow))
    encoder.fill(bytes, new RandomStream('test'))
    if (special) encodeSpecialRow(encoder, bytes.subarray(0, bytesPerRow), special)
    return decode(type, bytes)
  }

  test('are spread evenly around zero with the deviation that was asked for', () => {
    const values = encode()
    expect(values).toHaveLength(rows * columns)
    const mean = values.reduce((sum, value) => sum + value) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    expect(Math.abs(mean)).toBeLessThan(0.02 * deviation)
    expect(Math.sqrt(variance) / deviation).toBeCloseTo(1, 1)
  })

  test('take pinned values at any column, and leave the others random', () => {
    const pins = [
      { column: 0, level: 1 },
      { column: 17, level: -1 },
      { column: 255, level: 0 },
    ] as const
    const expected = encode().slice(0, columns)
    for (const { column, level } of pins) expected[column] = level * peakDeviations[type] * deviation
    const pinned = encode({ kind: 'pinned', pins }).slice(0, columns)
    // A bfloat16 has 8 bits.
    const digits = type === 'bf16' ? 3 : 4
    for (const [column, value] of pinned.entries()) expect(value).toBeCloseTo(expected[column] as number, digits)
  })

  test('can be zero', () => {
    expect(encode({ kind: 'zero' }).slice(0, columns)).toEqual(new Array(columns).fill(0))
  })

  test.for([0, 20, 255])('can pass column %i on', column => {
    const row = encode({ kind: 'wire', column, value: 1.75 }).slice(0, columns)
    expect(row[column]).toBeCloseTo(1.75, 3)
    expect(row.filter(value => value !== 0)).toHaveLength(1)
  })
})

/** Written from ggml's definition of the types, and not from the encoder. */
function decode(type: TensorTypeName, bytes: Buffer): number[] {
  const values: number[] = []
  if (type === 'f32') for (let at = 0; at < bytes.length; at += 4) values.push(bytes.readFloatLE(at))
  if (type === 'f16') for (let at = 0; at < bytes.length; at += 2) values.push(half(bytes.readUInt16LE(at)))
  if (type === 'bf16') {
    const single = Buffer.alloc(4)
    for (let at = 0; at < bytes.length; at += 2) {
      single.writeUInt16LE(bytes.readUInt16LE(at), 2)
      values.push(single.readFloatLE())
    }
  }
  if (type === 'q8_0') {
    for (let at = 0; at < bytes.length; at += 34) {
      for (let i = 0; i < 32; i++) values.push(half(bytes.readUInt16LE(at)) * bytes.readInt8(at + 2 + i))
    }
  }
  if (type === 'q4_0') {
    for (let at = 0; at < bytes.length; at += 18) {
      const scale = half(bytes.readUInt16LE(at))
      const packed = [...bytes.subarray(at + 2, at + 18)]
      values.push(...packed.map(byte => scale * ((byte & 15) - 8)), ...packed.map(byte => scale * ((byte >> 4) - 8)))
    }
  }
  return values.map(value => value + 0)
}

function half(bits: number): number {
  const exponent = (bits >> 10) & 31
  const mantissa = bits & 1023
  const size = exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15)
  return bits >> 15 ? -size : size
}
