import type { FileHandle } from 'node:fs/promises'
import type { ModelFile } from '../engines/engine.ts'
import type { Architecture, FamilyName } from './architecture.ts'
import { cachedFile, type ModelStorage } from './cache.ts'
import { layOutGguf, type SyntheticGguf, syntheticGguf, writeGguf } from './gguf/index.ts'
import { checkedSeed, modelName, requestedArchitecture, storageName } from './synthetic-name.ts'
import { tinyArchitecture } from './tiny-architecture.ts'
import { parameterCount, type Quantisation } from './weights/index.ts'

/** Raised with every change of what is written, so that files of older versions are not taken for new ones. */
const writerVersion = 1

/** Bytes of files by their names: laying one out for its size takes up to 80 ms, and a run asks for its models often. */
const sizes = new Map<string, number>()

/** How the weights are made, whatever the architecture. */
export interface WeightOptions {
  quantisation: Quantisation
  /** Same seed, same bytes. A whole number from 0; 1 unless given. Another seed shows in the name: `… #2`. */
  seed?: number
  /**
   * Answers end by themselves after some tens of tokens: one word in 32 is always followed by the end. Without it
   * only the request's token limit ends them.
   */
  endOfSequence?: boolean
}

export interface SyntheticModelRequest extends WeightOptions {
  /** A name of the catalogue: `qwen2.5-0.5b`. */
  model: string
  /** 1 for the real size, n for the same shape with 1/n of the parameters. */
  divisor: number
}

export interface SyntheticModel extends ModelFile {
  /** What the file holds, scaling included. */
  architecture: Architecture
  parameters: number
  quantisation: Quantisation
  seed: number
}

/**
 * A GGUF file with the architecture and sizes of a real model and random weights, from the cache or newly written.
 *
 * It costs what the real model costs in memory and time, and generates words without sense: sample at temperature 1
 * with a seed, as greedy sampling repeats itself.
 *
 * @throws BadInputError for an unknown model, divisor or seed; CouldNotMeasureError when it cannot be written.
 */
export async function syntheticModel(request: SyntheticModelRequest, storage: ModelStorage): Promise<SyntheticModel> {
  return storeModel(requestedArchitecture(request), request, storage)
}

/** The smallest whole model of a family, about 1 MB: loads in milliseconds. For tests of engines. */
export async function tinyModel(
  { family, ...weights }: { family: FamilyName } & WeightOptions,
  storage: ModelStorage,
): Promise<SyntheticModel> {
  return storeModel(tinyArchitecture(family), weights, storage)
}

/** The same for any architecture. */
export async function storeModel(
  architecture: Architecture,
  { quantisation, seed = 1, endOfSequence = false }: WeightOptions,
  storage: ModelStorage,
): Promise<SyntheticModel> {
  const description: SyntheticGguf = { architecture, quantisation, seed: checkedSeed(seed), endOfSequence }
  const name = storageName(
    architecture,
    [quantisation, `seed${seed}`, ...(endOfSequence ? ['eos'] : [])],
    [writerVersion, description],
  )
  let layout: ReturnType<typeof layOut> | undefined
  const laidOut = () => (layout ??= layOut(description))
  const bytes = sizes.get(name) ?? laidOut().fileBytes
  sizes.set(name, bytes)
  const { signal } = storage
  const write = (file: FileHandle) => {
    const { header, tensors } = laidOut()
    return writeGguf(file, { header, tensors, seed, ...(signal && { signal }) })
  }
  const path = await cachedFile({ name, bytes, write }, storage)
  return {
    name: modelName(architecture, seed),
    path,
    bytes,
    architecture,
    parameters: parameterCount(architecture),
    quantisation,
    seed,
  }
}

function layOut(description: SyntheticGguf) {
  const content = syntheticGguf(description)
  return { tensors: content.tensors, ...layOutGguf(content) }
}
