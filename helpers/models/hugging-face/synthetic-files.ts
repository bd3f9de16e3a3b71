import type { FileHandle } from 'node:fs/promises'
import type { Architecture } from '../architecture.ts'
import { byteLevelTokenizer } from '../tokenizer/index.ts'
import { steeredTensors, type Tensor } from '../weights/index.ts'
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
  const tokenizer = byteLevelTokenizer(architecture)
  const title = `${architecture.name}, random weights, seed ${seed}`
  const files = [
    jsonFile('config.json', modelConfig(architecture, tokenizer, title)),
    jsonFile('generation_config.json', generationConfig(tokenizer)),
    jsonFile('tokenizer.json', tokenizerJson(tokenizer)),
    jsonFile('tokenizer_config.json', tokenizerConfig(tokenizer, architecture)),
  ]
  if (!weights) return files
  const steered = steeredTensors({ architecture, quantisation: 'bf16', tokenizer, endOfSequence: false })
  const tensors = architecture.family === 'gemma2' ? steered.map(normFromZero) : steered
  const { header, fileBytes } = layOutSafetensors(tensors, architecture.family)
  const write = (file: FileHandle) => writeSafetensors(file, { header, tensors, seed, ...(signal && { signal }) })
  return [...files, { name: 'model.safetensors', bytes: fileBytes, write }]
}

/** transformers adds 1 to the weights of Gemma's norms; its GGUF files have the sums. */
function normFromZero(tensor: Tensor): Tensor {
  const { content } = tensor
  if (content.kind !== 'vector') return tensor
  return { ...tensor, content: { kind: 'vector', values: content.values.map(value => value - 1) } }
}

function jsonFile(name: string, content: object): FolderFile {
  const text = Buffer.from(`${JSON.stringify(content)}\n`)
  return { name, bytes: text.length, write: file => file.writeFile(text) }
}
