import type { ModelFile } from '../../engines/engine.ts'
import type { Architecture, FamilyName } from '../architecture.ts'
import { cachedFolder, type ModelStorage } from '../cache.ts'
import { checkedSeed, modelName, requestedArchitecture, storageName } from '../synthetic-name.ts'
import { tinyArchitecture } from '../tiny-architecture.ts'
import { parameterCount } from '../weights/index.ts'
import { type SyntheticFolder, syntheticFiles } from './synthetic-files.ts'

/** Raised with every change of what is written, so that folders of older versions are not taken for new ones. */
const writerVersion = 1

export interface FolderOptions {
  /** A whole number from 0; 1 unless given. Another seed shows in the name: `… #2`. */
  seed?: number
  /**
   * With random weights in a file, for programs that must read some; these say only whole words and never stop by
   * themselves. Without it, for engines that make up weights (vLLM's `--load-format dummy`): those say anything, and
   * only `ignore_eos` keeps them from stopping early.
   */
  weights?: boolean
}

export interface SyntheticFolderRequest extends FolderOptions {
  /** A name of the catalogue: `qwen2.5-0.5b`. */
  model: string
  /** 1 for the real size, n for the same shape with 1/n of the parameters. */
  divisor: number
}

export interface SyntheticModelFolder extends ModelFile {
  /** What the folder describes, scaling included. */
  architecture: Architecture
  parameters: number
  /** Of the weights in BF16, whether they are in the folder or made up by the engine. */
  bytes: number
  weights: boolean
  seed: number
}

/**
 * A folder as Hugging Face's repositories are, with the architecture and sizes of a real model, from the cache or newly
 * written: config.json, generation_config.json, tokenizer.json, tokenizer_config.json, and model.safetensors if asked for.
 * Its tokenizer and chat template are those of the GGUF files.
 *
 * @throws BadInputError for an unknown model, divisor or seed; CouldNotMeasureError when it cannot be written.
 */
export async function syntheticModelFolder(
  request: SyntheticFolderRequest,
  storage: ModelStorage,
): Promise<SyntheticModelFolder> {
  return storeFolder(requestedArchitecture(request), request, storage)
}

/** The smallest whole model of a family, less than 1 MB. For tests of engines. */
export async function tinyModelFolder(
  { family, ...options }: { family: FamilyName } & FolderOptions,
  storage: ModelStorage,
): Promise<SyntheticModelFolder> {
  return storeFolder(tinyArchitecture(family), options, storage)
}

async function storeFolder(
  architecture: Architecture,
  { seed = 1, weights = false }: FolderOptions,
  storage: ModelStorage,
): Promise<SyntheticModelFolder> {
  const description: SyntheticFolder = { architecture, seed: checkedSeed(seed), weights }
  const words = [...(weights ? ['bf16'] : []), `seed${seed}`]
  const path = await cachedFolder(
    {
      name: storageName(architecture, words, [writerVersion, description]),
      files: syntheticFiles(description, storage.signal),
    },
    storage,
  )
  const parameters = parameterCount(architecture)
  return {
    name: modelName(architecture, seed),
    path,
    bytes: 2 * parameters,
    architecture,
    parameters,
    weights,
    seed,
  }
}
