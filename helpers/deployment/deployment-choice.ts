import type { EngineName, LoadSettings, ModelFile } from '../engines/index.ts'

/** The engines that come as images. */
export type DeployedEngine = Exclude<EngineName, 'embedded' | 'openai'>

/** One way to run an engine, as it was measured. */
export interface DeploymentChoice {
  engine: DeployedEngine
  /** A file or folder of this machine is mounted, read-only; one without a path comes from the engine's library or from the Hub. */
  model: ModelFile
  /** Tokens a request has for its prompt and its answer. */
  contextTokens: number
  /** Requests that are answered at the same time. */
  slots: number
  /** What a load was asked for. */
  settings: LoadSettings
  /** After the engine's own. */
  arguments: string[]
  /** Over the engine's own. */
  environment: Record<string, string>
  /** With its tag; null for the pinned one. */
  image: string | null
  /** Of a /dev/shm of the container's own, for an engine that keeps its KV cache there; null where it needs none. */
  sharedMemoryBytes: number | null
  /** What it was chosen for, and where that was measured: lines for the person who reads the files. */
  measured: string[]
}
