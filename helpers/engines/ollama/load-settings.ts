import type { EngineTraits, LoadSettings } from '../engine.ts'
import { hasLlamaServers } from './known-versions.ts'

/**
 * Which settings of a load a version honours. The type of the KV cache is one of the whole server (OLLAMA_KV_CACHE_TYPE).
 * Since 0.30 nothing is mapped into memory, whatever `use_mmap` says: llama-server gets `--load-mode none` or `dio`.
 */
export const settingsOfLoad = (version: string): EngineTraits['loadSettings'] =>
  hasLlamaServers(version) ? ['gpuLayers'] : ['memoryMap', 'gpuLayers']

/** In Ollama's words. */
export const ollamaOptions = ({ memoryMap, gpuLayers }: LoadSettings): Record<string, number | boolean> => ({
  ...(memoryMap !== undefined && { use_mmap: memoryMap }),
  ...(gpuLayers !== undefined && { num_gpu: gpuLayers }),
})
