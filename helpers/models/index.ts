export type { Architecture, FamilyName } from './architecture.ts'
export type { ModelStorage } from './cache.ts'
export { type CatalogueModel, catalogue, findModel } from './catalogue.ts'
export { parameterCount, type Quantisation } from './gguf/index.ts'
export { scaleArchitecture } from './scale-architecture.ts'
export {
  type SyntheticModel,
  type SyntheticModelRequest,
  syntheticModel,
  tinyModel,
  type WeightOptions,
} from './synthetic-model.ts'
