import type { FileHandle } from 'node:fs/promises'
import { type Tensor, tensorBytes, tensorTypes, tensorWriter } from '../weights/index.ts'
import { ByteWriter } from './byte-writer.ts'
import { type Metadata, writeMetadata } from './metadata.ts'
/** Where tensors begin, relative to the data part and to the file: GGUF's default, and what `general.alignment` says. */
export const alignmentBytes = 32

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
    writer.string(tensor.name)
    writer.uint32(tensor.dimensions.length)
    for (const size of tensor.dimensions) writer.uint64(size)
    writer.uint32(tensorTypes[tensor.type].id)
    writer.uint64(offset)
    offset += aligned(tensorBytes(tensor))
  }
  writer.align(alignmentBytes)
  return { header: writer.bytes, fileBytes: writer.bytes.length + offset }
}

/** Writes a whole file at the handle's position. */
export async function writeGguf(
  file: FileHandle,
  { header, tensors, ...weights }: { header: Buffer; tensors: readonly Tensor[]; seed: number; signal?: AbortSignal },
): Promise<void> {
  await file.writeFile(header)
  const writeTensor = tensorWriter(file, weights)
  for (const tensor of tensors) {
    await writeTensor(tensor)
    const size = tensorBytes(tensor)
    if (aligned(size) > size) await file.writeFile(Buffer.alloc(aligned(size) - size))
  }
}

const aligned = (bytes: number) => Math.ceil(bytes / alignmentBytes) * alignmentBytes
