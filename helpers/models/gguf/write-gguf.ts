import type { FileHandle } from 'node:fs/promises'
import { ByteWriter } from './byte-writer.ts'
import { type Metadata, writeMetadata } from './metadata.ts'
import { RandomStream } from './random-stream.ts'
import { encodeSpecialRow, rowEncoder } from './row-encoder.ts'
import type { Tensor } from './tensor.ts'
import { rowBytes, tensorTypes } from './tensor-type.ts'

/** Where tensors begin, relative to the data part and to the file: GGUF's default, and what `general.alignment` says. */
export const alignmentBytes = 32

/** Memory is one chunk and the header, whatever the file's size. Chunks of another size would be other random bytes. */
const chunkBytes = 4 * 2 ** 20

export interface GgufContent {
  metadata: Metadata
  tensors: readonly Tensor[]
}

/** The part before the weights, and the exact size of the file. */
export interface GgufLayout {
  header: Buffer
  fileBytes: number
}

/** Lays out a GGUF v3 file: magic, counts, metadata, tensor infos, padding. */
export function layOutGguf({ metadata, tensors }: GgufContent): GgufLayout {
  const writer = new ByteWriter()
  writer.magic('GGUF')
  writer.uint32(3)
  writer.uint64(tensors.length)
  writer.uint64(metadata.size)
  writeMetadata(writer, metadata)
  let offset = 0
  for (const tensor of tensors) {
    const shape = tensor.rows === 1 ? [tensor.columns] : [tensor.columns, tensor.rows]
    writer.string(tensor.name)
    writer.uint32(shape.length)
    for (const size of shape) writer.uint64(size)
    writer.uint32(tensorTypes[tensor.type].id)
    writer.uint64(offset)
    offset += aligned(tensorBytes(tensor))
  }
  writer.align(alignmentBytes)
  return { header: writer.bytes, fileBytes: writer.bytes.length + offset }
}

/** Writes a whole file at the handle's position. The random weights follow from `seed` and the tensors' names alone. */
export async function writeGguf(
  file: FileHandle,
  { header, tensors, seed, signal }: { header: Buffer; tensors: readonly Tensor[]; seed: number; signal?: AbortSignal },
): Promise<void> {
  await file.writeFile(header)
  const chunk = Buffer.from(new ArrayBuffer(chunkBytes))
  for (const tensor of tensors) {
    for (const bytes of tensorChunks(tensor, new RandomStream(`${seed}/${tensor.name}`), chunk)) {
      signal?.throwIfAborted()
      // writeFile, because write may write a part only.
      await file.writeFile(bytes)
    }
    const size = tensorBytes(tensor)
    if (aligned(size) > size) await file.writeFile(Buffer.alloc(aligned(size) - size))
  }
}

/** The tensor's bytes in pieces, each valid until the next is asked for. */
function* tensorChunks(tensor: Tensor, random: RandomStream, chunk: Buffer): Generator<Buffer> {
  const { content, rows, columns } = tensor
  if (content.kind === 'vector') {
    yield Buffer.from(content.values.buffer, content.values.byteOffset, content.values.byteLength)
    return
  }
  const encoder = rowEncoder(tensor.type, content.deviation)
  const bytesPerRow = rowBytes(tensor.type, columns)
  const rowsPerChunk = Math.floor(chunk.length / bytesPerRow)
  for (let first = 0; first < rows; first += rowsPerChunk) {
    const count = Math.min(rowsPerChunk, rows - first)
    const bytes = chunk.subarray(0, count * bytesPerRow)
    encoder.fill(bytes, random)
    for (let i = 0; i < count; i++) {
      const special = content.special(first + i)
      if (special) encodeSpecialRow(encoder, bytes.subarray(i * bytesPerRow, (i + 1) * bytesPerRow), special)
    }
    yield bytes
  }
}

const tensorBytes = ({ type, rows, columns }: Tensor) => rows * rowBytes(type, columns)
const aligned = (bytes: number) => Math.ceil(bytes / alignmentBytes) * alignmentBytes
