export type { Architecture, FamilyName } from './architecture.ts'
export type { ModelStorage } from './cache.ts'
export { type CatalogueModel, catalogue, findModel, type ModelNames, type PublishedScore } from './catalogue.ts'
export { type GgufFacts, type GgufShape, readGguf } from './gguf/index.ts'
export {
  cachedRepositories,
  type FolderOptions,
  type SyntheticFolderRequest,
  type SyntheticModelFolder,
  syntheticModelFolder,
  tinyModelFolder,
} from './hugging-face/index.ts'
export { modelFileAt, projectorBeside } from './model-file.ts'
export { scaleArchitecture } from './scale-architecture.ts'
export {
  type SyntheticModel,
  type SyntheticModelRequest,
  syntheticModel,
  tinyModel,
  type WeightOptions,
} from './synthetic-model.ts'
export {
  findVisionModel,
  type SyntheticVisionModel,
  syntheticVisionModel,
  type VisionModel,
  type VisionTower,
  visionCatalogue,
} from './vision/index.ts'
export { parameterCount, type Quantisation } from './weights/index.ts'
