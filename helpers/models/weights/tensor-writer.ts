import type { FileHandle } from 'node:fs/promises'
import { RandomStream } from './random-stream.ts'
import { encodeSpecialRow, rowEncoder } from './row-encoder.ts'
import type { Tensor } from './tensor.ts'
import { rowBytes } from './tensor-type.ts'

/** Memory is one chunk, whatever the tensor's size. Chunks of another size would be other random bytes. */
const chunkBytes = 4 * 2 ** 20

export const tensorBytes = ({ type, rows, columns }: Tensor): number => rows * rowBytes(type, columns)

/**
 * Writes tensors one after the other at a file's position. The random weights follow from `seed` and the tensor's name
 * alone.
 */
export function tensorWriter(
  file: FileHandle,
  { seed, signal }: { seed: number; signal?: AbortSignal },
): (tensor: Tensor) => Promise<void> {
  const chunk = Buffer.from(new ArrayBuffer(chunkBytes))
  return async tensor => {
    for (const bytes of tensorChunks(tensor, new RandomStream(`${seed}/${tensor.name}`), chunk)) {
      signal?.throwIfAborted()
      // writeFile, because write may write a part only.
      await file.writeFile(bytes)
    }
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
