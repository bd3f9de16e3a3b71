import type { ServerPlace, ServerRecipe } from '../hosts/index.ts'
import type { LoadCount } from './load-count.ts'

/** The newest release whose behaviour this adapter was written for. */
const IMAGE = 'ollama/ollama:0.32.15'
/** Folders of this machine, and its address, mean nothing in a container. */
const INHERITED =
  /^(?:OLLAMA_(?!HOST$|MODELS$)|LLAMA_ARG_|JETSON_JETPACK$|HSA_OVERRIDE_GFX_VERSION$|https?_proxy$|HTTPS?_PROXY$)/

/** What is set beside the address. Everything else is as the user has it, or Ollama's own default. */
export const ollamaSettings = (parallel: number) => ({
  // Known at the start of the server alone: load() starts it again when other slots are asked for.
  OLLAMA_NUM_PARALLEL: String(parallel),
  // By default three a GPU; the next model would put the first one out.
  OLLAMA_MAX_LOADED_MODELS: '64',
  // For the llama-servers of 0.30 and later: the prompts that they keep look like a leak.
  LLAMA_ARG_CACHE_RAM: '0',
})

/** A binary keeps the user's own OLLAMA_MODELS: the models that they have are those that they want to be measured. */
export function ollamaRecipe(parallel: number, loads: LoadCount): ServerRecipe {
  return {
    engine: 'ollama',
    title: 'Ollama',
    program: 'ollama',
    arguments: () => ['serve'],
    environment: ({ host, port }: ServerPlace) => ({ OLLAMA_HOST: `${host}:${port}`, ...ollamaSettings(parallel) }),
    inherited: INHERITED,
    readyPath: '/api/version',
    startLimitMs: 120_000,
    container: {
      image: IMAGE,
      port: 11434,
      gpus: true,
      volumes: [{ name: 'vitest-llm-perf-ollama', target: '/root/.ollama' }],
    },
    onLogLine: line => loads.read(line),
  }
}
