import type { FileHandle } from 'node:fs/promises'
import type { Architecture } from '../architecture.ts'
import { byteLevelTokenizer } from '../tokenizer/index.ts'
import { steeredTensors } from '../weights/index.ts'
import { generationConfig, modelConfig } from './model-config.ts'
import { layOutSafetensors, writeSafetensors } from './safetensors.ts'
import { tokenizerConfig, tokenizerJson } from './tokenizer-json.ts'

export interface SyntheticFolder {
  architecture: Architecture
  seed: number
  /** With model.safetensors, in BF16. */
  weights: boolean
}

interface FolderFile {
  name: string
  bytes: number
  write(file: FileHandle): Promise<void>
}

/** The files of a model's folder, as a repository on Hugging Face has them. */
export function syntheticFiles({ architecture, seed, weights }: SyntheticFolder, signal?: AbortSignal): FolderFile[] {
  const tokenizer = byteLevelTokenizer(architecture.vocabulary)
  const title = `${architecture.name}, random weights, seed ${seed}`
  const files = [
    jsonFile('config.json', modelConfig(architecture, tokenizer, title)),
    jsonFile('generation_config.json', generationConfig(tokenizer)),
    jsonFile('tokenizer.json', tokenizerJson(tokenizer)),
    jsonFile('tokenizer_config.json', tokenizerConfig(tokenizer, architecture)),
  ]
  if (!weights) return files
  const tensors = steeredTensors({ architecture, quantisation: 'bf16', tokenizer, endOfSequence: false })
  const { header, fileBytes } = layOutSafetensors(tensors)
  const write = (file: FileHandle) => writeSafetensors(file, { header, tensors, seed, ...(signal && { signal }) })
  return [...files, { name: 'model.safetensors', bytes: fileBytes, write }]
}

function jsonFile(name: string, content: object): FolderFile {
  const text = Buffer.from(`${JSON.stringify(content)}\n`)
  return { name, bytes: text.length, write: file => file.writeFile(text) }
}
