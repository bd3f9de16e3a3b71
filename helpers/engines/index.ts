export type { AttachOptions } from './attach-options.ts'
export { checkEngine, type DetectedEngine, detectEngine } from './detect-engine.ts'
export { type EmbeddedEngineOptions, startEmbeddedEngine } from './embedded/start-embedded-engine.ts'
export type {
  CompletionTarget,
  Engine,
  EngineIdentity,
  EngineName,
  EngineTotals,
  EngineTraits,
  KeepAlive,
  LoadOptions,
  LoadSettings,
  ModelFile,
  ModelStatus,
  Residency,
} from './engine.ts'
export { attachLlamaServer } from './llama-server/index.ts'
export { type EngineChoice, startEngine } from './start-engine.ts'
