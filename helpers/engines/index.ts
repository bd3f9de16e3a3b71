export { type EmbeddedEngineOptions, startEmbeddedEngine } from './embedded/start-embedded-engine.ts'
export type {
  CompletionTarget,
  Engine,
  EngineIdentity,
  LoadOptions,
  ModelFile,
  ModelStatus,
  Residency,
} from './engine.ts'
export { type AttachOptions, attachLlamaServer } from './llama-server.ts'
