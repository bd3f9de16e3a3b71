import type { ByteWriter } from './byte-writer.ts'

/** One value of a GGUF file's key-value part, with its stored type. */
export type MetadataValue =
  | { type: 'uint32' | 'float32'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'string'; value: string }
  | { type: 'strings'; value: readonly string[] }
  | { type: 'int32s' | 'float32s'; value: readonly number[] }

export type Metadata = ReadonlyMap<string, MetadataValue>

export const uint32 = (value: number): MetadataValue => ({ type: 'uint32', value })
export const float32 = (value: number): MetadataValue => ({ type: 'float32', value })
export const bool = (value: boolean): MetadataValue => ({ type: 'bool', value })
export const text = (value: string): MetadataValue => ({ type: 'string', value })
export const strings = (value: readonly string[]): MetadataValue => ({ type: 'strings', value })
export const float32s = (value: readonly number[]): MetadataValue => ({ type: 'float32s', value })
export const int32s = (value: readonly number[]): MetadataValue => ({ type: 'int32s', value })

/** Type numbers of the GGUF specification. */
const ids = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const

export function writeMetadata(writer: ByteWriter, metadata: Metadata): void {
  for (const [key, entry] of metadata) {
    writer.string(key)
    writeValue(writer, entry)
  }
}

function writeValue(writer: ByteWriter, entry: MetadataValue): void {
  switch (entry.type) {
    case 'uint32':
      writer.uint32(ids.uint32)
      writer.uint32(entry.value)
      break
    case 'float32':
      writer.uint32(ids.float32)
      writer.float32(entry.value)
      break
    case 'bool':
      writer.uint32(ids.bool)
      writer.uint8(entry.value ? 1 : 0)
      break
    case 'string':
      writer.uint32(ids.string)
      writer.string(entry.value)
      break
    case 'strings':
      writeArrayHead(writer, ids.string, entry.value.length)
      for (const item of entry.value) writer.string(item)
      break
    case 'float32s':
      writeArrayHead(writer, ids.float32, entry.value.length)
      for (const item of entry.value) writer.float32(item)
      break
    case 'int32s':
      writeArrayHead(writer, ids.int32, entry.value.length)
      for (const item of entry.value) writer.int32(item)
  }
}

function writeArrayHead(writer: ByteWriter, itemType: number, length: number): void {
  writer.uint32(ids.array)
  writer.uint32(itemType)
  writer.uint64(length)
}
