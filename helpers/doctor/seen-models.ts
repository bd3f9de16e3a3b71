import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { modelStorage } from '../fixtures/choose-model.ts'
import { cachedRepositories } from '../models/index.ts'

/** GGUF files of a folder. */
export interface SeenFiles {
  folder: string
  files: number
  bytes: number
}

export interface SeenModels {
  /** Written by this suite, with random weights. */
  synthetic: SeenFiles
  /** llama.cpp's own cache of fetched files (`llama-server -hf`): LLAMA_CACHE, else ~/.cache/llama.cpp. */
  llamaCpp: SeenFiles
  /** Repositories in the cache of Hugging Face. */
  huggingFace: string[]
}

export async function lookForModels(): Promise<SeenModels> {
  const [synthetic, llamaCpp, huggingFace] = await Promise.all([
    ggufFiles(modelStorage.directory),
    ggufFiles(process.env.LLAMA_CACHE || join(homedir(), '.cache', 'llama.cpp')),
    cachedRepositories(),
  ])
  return { synthetic, llamaCpp, huggingFace }
}

async function ggufFiles(folder: string): Promise<SeenFiles> {
  // No such folder: no such file.
  const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.gguf'))
  const sizes = await Promise.all(names.map(async name => (await stat(join(folder, name))).size))
  return { folder, files: names.length, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}
