import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CouldNotMeasureError } from '../../errors.ts'

/** `GGUF`, version, number of tensors, number of metadata entries. */
const HEADER_BYTES = 24
const ENTRIES_AT = 16
const TYPE_STRING = 8
const KEY = 'vitest-llm-perf.instance'
/** A multiple of any alignment, so that the tensors keep theirs. */
const ENTRY_BYTES = 4096

/**
 * A copy of a GGUF file with one more metadata entry, in the folder of temporary files: the same model, other bytes.
 * Ollama has one process for equal bytes, whatever their names, so that two models of one file would be one model. The
 * entry outlives the conversion that Ollama 0.30 and later do.
 */
export async function distinctFile(path: string, instance: string): Promise<AsyncDisposable & { path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'vitest-llm-perf-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, 'model.gguf')
    await using target = await open(copy, 'w')
    await target.write(await headerWithEntry(path, instance))
    await pipeline(createReadStream(path, { start: HEADER_BYTES }), target.createWriteStream())
    return { path: copy, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function headerWithEntry(path: string, instance: string): Promise<Buffer> {
  await using file = await open(path)
  const header = Buffer.alloc(HEADER_BYTES)
  await file.read(header, 0, HEADER_BYTES, 0)
  if (header.toString('latin1', 0, 4) !== 'GGUF') throw new CouldNotMeasureError(`${path} is not a GGUF file.`)
  header.writeBigUInt64LE(header.readBigUInt64LE(ENTRIES_AT) + 1n, ENTRIES_AT)

  const key = Buffer.from(KEY)
  const entry = Buffer.alloc(ENTRY_BYTES, ' ')
  let at = entry.writeBigUInt64LE(BigInt(key.length))
  at += key.copy(entry, at)
  at = entry.writeUInt32LE(TYPE_STRING, at)
  at = entry.writeBigUInt64LE(BigInt(ENTRY_BYTES - at - 8), at)
  entry.write(instance, at)
  return Buffer.concat([header, entry])
}
