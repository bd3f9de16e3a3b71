import { BadInputError } from '../../errors.ts'
import { cachedFile, type ModelStorage } from '../cache.ts'
import { layOutGguf, writeGguf } from '../gguf/index.ts'
import { scaleArchitecture } from '../scale-architecture.ts'
import { type SyntheticModel, type SyntheticModelRequest, storeModel } from '../synthetic-model.ts'
import { storageName } from '../synthetic-name.ts'
import { scaleTower } from './scale-tower.ts'
import { towerGguf } from './tower-gguf.ts'
import { towerParameters } from './tower-tensors.ts'
import { findVisionModel } from './vision-catalogue.ts'
import type { VisionTower } from './vision-tower.ts'

/** Raised with every change of what is written, so that files of older versions are not taken for new ones. */
const towerWriterVersion = 1

export interface SyntheticVisionModel extends SyntheticModel {
  /** As it was scaled. */
  tower: VisionTower
  projectorPath: string
  /** Of the projector's file; `bytes` has both files. */
  projectorBytes: number
  /** Of the tower and its projector; `parameters` has those of both files. */
  towerParameters: number
}

/**
 * Two GGUF files with the architecture and sizes of a real vision model and random weights: the text model, and the part
 * that turns images into tokens (F16, whatever the text model's quantisation). Both from the cache or newly written.
 *
 * @throws BadInputError for an unknown model, divisor or seed, and for a model that cannot be written; CouldNotMeasureError
 * when the files cannot be written.
 */
export async function syntheticVisionModel(
  request: SyntheticModelRequest,
  storage: ModelStorage,
): Promise<SyntheticVisionModel> {
  const { parts } = findVisionModel(request.model)
  if (parts.state === 'absent') {
    throw new BadInputError(`making a synthetic ${request.model}: ${parts.reason}. Take the real model.`)
  }
  const architecture = scaleArchitecture(parts.value.text, request.divisor)
  const textEmbedding = architecture.embedding
  const tower = scaleTower(parts.value.tower, request.divisor, {
    textEmbedding: parts.value.text.embedding,
    scaledTextEmbedding: textEmbedding,
  })
  const model = await storeModel(architecture, request, storage)
  const { seed } = model
  const content = towerGguf(tower, textEmbedding, `${architecture.name}, tower, random weights, seed ${seed}`)
  const { header, fileBytes } = layOutGguf(content)
  const { signal } = storage
  const projectorPath = await cachedFile(
    {
      name: storageName(architecture, ['mmproj', `seed${seed}`], [towerWriterVersion, tower, textEmbedding, seed]),
      bytes: fileBytes,
      write: file => writeGguf(file, { header, tensors: content.tensors, seed, ...(signal && { signal }) }),
    },
    storage,
  )
  const parameters = towerParameters(tower, textEmbedding)
  return {
    ...model,
    bytes: model.bytes + fileBytes,
    parameters: model.parameters + parameters,
    tower,
    projectorPath,
    projectorBytes: fileBytes,
    towerParameters: parameters,
  }
}
