import type { FileHandle } from 'node:fs/promises'
import type { FamilyName } from '../architecture.ts'
import { type Tensor, tensorBytes, tensorWriter } from '../weights/index.ts'
import { huggingFaceName } from './tensor-name.ts'

/** Stored types that safetensors has a name for. */
const dataTypes = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const

export interface SafetensorsLayout {
  /** Length and JSON: everything before the weights. */
  header: Buffer
  fileBytes: number
}

/**
 * Lays out a safetensors file: the header's length in 8 bytes, the header as JSON, then the tensors without gaps. The
 * header is padded with spaces so that tensors begin at a multiple of 8.
 */
export function layOutSafetensors(tensors: readonly Tensor[], family: FamilyName): SafetensorsLayout {
  let end = 0
  const entries = tensors.map((tensor): [string, object] => {
    const { type, rows, columns } = tensor
    if (!(type in dataTypes)) throw new RangeError(`safetensors cannot hold ${type}`)
    const begin = end
    end += tensorBytes(tensor)
    return [
      huggingFaceName(tensor.name, family),
      {
        dtype: dataTypes[type as keyof typeof dataTypes],
        shape: rows === 1 ? [columns] : [rows, columns],
        data_offsets: [begin, end],
      },
    ]
  })
  // transformers refuses a file whose header does not say which framework wrote it.
  const json = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) })
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return { header: Buffer.concat([length, text]), fileBytes: 8 + text.length + end }
}

/** Writes a whole file at the handle's position. */
export async function writeSafetensors(
  file: FileHandle,
  { header, tensors, ...weights }: { header: Buffer; tensors: readonly Tensor[]; seed: number; signal?: AbortSignal },
): Promise<void> {
  await file.writeFile(header)
  const writeTensor = tensorWriter(file, weights)
  for (const tensor of tensors) await writeTensor(tensor)
}
