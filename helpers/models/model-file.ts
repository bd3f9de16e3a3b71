import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { EngineTraits, ModelFile } from '../engines/engine.ts'
import { ModelMissingError } from '../errors.ts'

type ModelFormat = NonNullable<EngineTraits['modelFormat']>

const weightEndings = /\.(safetensors|bin|pt|pth)$/

const forms: Record<ModelFormat, string> = {
  gguf: 'a GGUF file',
  'hugging-face': "a folder of Hugging Face's form",
}

/**
 * The model at a path that the user names, for an engine that takes this format: a `.gguf` file, or a folder with a
 * config.json. Null when the text names neither, so that it is a name.
 *
 * @throws ModelMissingError when it cannot be read, or when this engine takes another format.
 */
export async function modelFileAt(path: string, format: ModelFormat): Promise<ModelFile | null> {
  const found = await stat(path).catch((cause: unknown) => ({ cause }))
  const isThere = !('cause' in found)
  const is = path.endsWith('.gguf') ? 'gguf' : isThere && found.isDirectory() ? 'hugging-face' : null
  if (!isThere && (is !== null || looksLikePath(path))) {
    throw new ModelMissingError(`PERF_MODEL names ${path}, which cannot be read.`, { cause: found.cause })
  }
  if (is === null || !isThere) return null
  if (is !== format) {
    throw new ModelMissingError(`PERF_MODEL names ${forms[is]}, ${path}. This engine takes ${forms[format]}.`)
  }
  if (is === 'gguf') return { name: basename(path, '.gguf'), path, bytes: found.size }
  return { name: basename(path), path, bytes: await weightBytes(path) }
}

/**
 * The projector that lies beside a GGUF file, as its makers publish it: the one file whose name begins with `mmproj`.
 *
 * @throws ModelMissingError when there is none, or more than one.
 */
export async function projectorBeside(path: string): Promise<string> {
  const folder = dirname(path)
  const [projector, ...others] = (await readdir(folder)).filter(name => /^mmproj.*\.gguf$/i.test(name))
  if (projector !== undefined && others.length === 0) return join(folder, projector)
  const found = projector === undefined ? 'none' : [projector, ...others].join(', ')
  throw new ModelMissingError(
    `PERF_MODEL names ${path} for images: its projector, a file mmproj*.gguf, must lie beside it. There: ${found}.`,
  )
}

const looksLikePath = (text: string) => /^(\.{0,2}\/|~)/.test(text)

async function weightBytes(folder: string): Promise<number> {
  const names = await readdir(folder)
  if (!names.includes('config.json')) {
    throw new ModelMissingError(`PERF_MODEL names the folder ${folder}, which has no config.json: it is no model.`)
  }
  const weights = names.filter(name => weightEndings.test(name))
  const sizes = await Promise.all(weights.map(async name => (await stat(join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
