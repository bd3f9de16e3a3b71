import type { NamedSettings } from './command-words.ts'
import type { DeployedEngine } from './deployment-choice.ts'

const slots = { name: 'SLOTS', about: 'Requests that are answered at the same time.' }

/** What people change of an engine's own settings, by the flag or the variable that the engine knows. */
export const engineSettings: Readonly<Record<DeployedEngine, NamedSettings>> = {
  'llama-server': {
    '-c': { name: 'CONTEXT', about: 'Tokens of context, which the slots share: SLOTS times what a request may take.' },
    '-np': slots,
    '-ctk': { name: 'KV_CACHE_TYPE', about: 'Of the KV cache: f16, q8_0, q4_0, …' },
    '-ctv': { name: 'KV_CACHE_TYPE' },
    '-fa': { name: 'FLASH_ATTENTION' },
    '-ngl': { name: 'GPU_LAYERS' },
    '--cache-ram': { name: 'CACHE_RAM', about: 'MiB of host memory for earlier prompts.' },
  },
  vllm: {
    '--max-model-len': { name: 'CONTEXT', about: 'Tokens that a request may take, answer included.' },
    '--max-num-seqs': slots,
    VLLM_CPU_KVCACHE_SPACE: { name: 'VLLM_CPU_KVCACHE_SPACE', about: 'GiB of host memory for the KV cache.' },
  },
  ollama: {
    OLLAMA_NUM_PARALLEL: slots,
    OLLAMA_CONTEXT_LENGTH: { name: 'CONTEXT', about: 'Tokens that a request may take, answer included.' },
    OLLAMA_KEEP_ALIVE: { name: 'KEEP_ALIVE', about: 'How long an idle model stays loaded: 5m, 1h, -1 for always.' },
  },
}
