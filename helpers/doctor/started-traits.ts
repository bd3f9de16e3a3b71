import type { EngineName } from '../engines/index.ts'
import { settingsOfLoad } from '../engines/ollama/load-settings.ts'
import { vllmTraits } from '../engines/vllm/vllm-engine.ts'
import type { DecidingTraits } from '../plan-items/index.ts'

const gguf = { modelFormat: 'gguf', neverUnloads: null } as const
const perLoad = ['kvCacheType', 'memoryMap', 'gpuLayers', 'flashAttention', 'prefixCache'] as const

/**
 * What an engine will be like once this suite has started it, which tells its traits only then. A test holds the embedded
 * one against a real start; of the others, recorded runs.
 *
 * @param version of Ollama, where it is known: before 0.30 it maps files.
 */
export function startedTraits(engine: Exclude<EngineName, 'openai'>, version = 'unknown'): DecidingTraits {
  switch (engine) {
    case 'embedded':
      return {
        ...gguf,
        catalogueName: null,
        fixedOutput: true,
        neverExpires: 'the embedded engine unloads a model only when it is told to',
        loadSettings: perLoad,
        seesNoImages: 'node-llama-cpp, which it is made of, takes text only',
      }
    case 'llama-server':
      return {
        ...gguf,
        catalogueName: null,
        fixedOutput: true,
        neverExpires: null,
        loadSettings: perLoad,
        seesNoImages: null,
      }
    case 'ollama':
      return {
        ...gguf,
        catalogueName: 'ollama',
        fixedOutput: false,
        neverExpires: null,
        loadSettings: settingsOfLoad(version),
        seesNoImages: null,
      }
    case 'vllm':
      return vllmTraits('spawned', undefined)
  }
}
