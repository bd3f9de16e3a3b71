import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelFile } from '../engines/index.ts'

/** Files that no engine can load, made of one that it can, in a folder of their own. */
export interface BrokenFiles extends AsyncDisposable {
  /** Its second half is missing. */
  cutOff: ModelFile
  /** Whole, and of an architecture that does not exist. */
  unknown: ModelFile
}

/** @param path of a GGUF file: small, as it is copied. */
export async function brokenFiles(path: string): Promise<BrokenFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'broken-models-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const write = async (name: string, bytes: Buffer): Promise<ModelFile> => {
    const file = join(folder, `${name}.gguf`)
    await writeFile(file, bytes)
    return { name, path: file, bytes: bytes.length }
  }
  try {
    const whole = await readFile(path)
    return {
      cutOff: await write('cut-off', whole.subarray(0, whole.length / 2)),
      unknown: await write('unknown-architecture', ofAnotherArchitecture(whole)),
      [Symbol.asyncDispose]: remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** The name of the architecture with a `z` for its last letter, wherever the metadata has it: keys begin with it. */
function ofAnotherArchitecture(whole: Buffer): Buffer {
  const key = 'general.architecture'
  // The key, the type of its value (4 bytes), the value's length (8 bytes), the value.
  const lengthAt = whole.indexOf(key) + key.length + 4
  const length = Number(whole.readBigUInt64LE(lengthAt))
  const name = whole.toString('latin1', lengthAt + 8, lengthAt + 8 + length)
  const copy = Buffer.from(whole)
  const other = Buffer.from(`${name.slice(0, -1)}z`)
  other.copy(copy, lengthAt + 8)
  for (let at = copy.indexOf(`${name}.`); at >= 0; at = copy.indexOf(`${name}.`, at + 1)) other.copy(copy, at)
  return copy
}
