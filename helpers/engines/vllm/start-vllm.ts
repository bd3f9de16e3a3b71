import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ModelMissingError } from '../../errors.ts'
import { absent } from '../../measured.ts'
import { cachedRepositories } from '../../models/index.ts'
import type { Engine, LoadOptions, LoadSettings, ModelFile } from '../engine.ts'
import { gpuAccess, howToStart, launchServer, type ServerRecipe, type StartOptions } from '../hosts/index.ts'
import { HttpClient } from '../http-client.ts'
import { type ModelServer, ServerPerModelEngine } from '../server-per-model.ts'
import { vllmAt } from './attach-vllm.ts'
import { primitiveCacheVariable } from './primitive-cache.ts'
import { noPull, vllmTraits } from './vllm-engine.ts'

const version = 'v0.32.0'
/** GiB of KV cache on a CPU. vLLM would take most of the host's memory, and no second model would fit. */
const cpuKvCacheGib = 4
/** Paths of this machine, and the server's own settings, mean nothing in a container. */
const inherited = /^(?!HF_HOME$|HF_HUB_CACHE$|CUDA_HOME$|VLLM_(?:CACHE|CONFIG)_ROOT$)(VLLM|HF|OMP|ONEDNN|CUDA|NVIDIA)_/

/**
 * vLLM as this suite starts it: a server for each model that is loaded.
 *
 * @throws EngineStartError when there is neither the program nor Docker.
 */
export async function startVllm({ how: asked, image, signal, ...again }: StartOptions): Promise<Engine> {
  signal?.throwIfAborted()
  const { arguments: further } = again
  const pinned = image ?? vllmImage()
  const how = await howToStart({ title: 'vLLM', program: 'vllm', container: { ...container, image: pinned } }, asked)
  const launch = async (model: ModelFile, options: LoadOptions): Promise<ModelServer> => {
    const recipe = vllmRecipe(model, options, further)
    const { signal: ending } = options
    const server = await launchServer(recipe, { ...again, how, image: pinned, ...(ending && { signal: ending }) })
    try {
      const restart = async () => absent('its model is loaded anew by unload and load')
      const client = new HttpClient(server.url, { apiKey: process.env.VLLM_API_KEY })
      return { engine: await vllmAt(client, Object.assign(server, { restart })), startMs: server.startMs }
    } catch (error) {
      await server.stop()
      throw error
    }
  }
  return new ServerPerModelEngine({
    identity: { name: 'vllm', runsAs: how === 'binary' ? 'binary vllm' : `container ${pinned}`, arguments: further },
    traits: vllmTraits('spawned', process.env[primitiveCacheVariable]),
    launch,
    // A container has a cache of its own, which only its server can look into.
    available: async () => (how === 'binary' ? await cachedRepositories() : []),
    pullAdvice: noPull,
  })
}

const container = {
  port: 8000,
  gpus: true,
  // Its processes speak through shared memory; Docker's 64 MiB are too few for more than one GPU.
  ipc: 'host' as const,
  volumes: [
    { name: 'vitest-llm-perf-huggingface', target: '/root/.cache/huggingface' },
    { name: 'vitest-llm-perf-vllm', target: '/root/.cache/vllm' },
  ],
}

/** By the machine's GPU: NVIDIA's, AMD's or none. */
export function vllmImage({ hostConfig: gpu } = gpuAccess()): string {
  if (gpu.Devices) return `vllm/vllm-openai-rocm:${version}`
  return gpu.DeviceRequests || gpu.Runtime ? `vllm/vllm-openai:${version}` : `vllm/vllm-openai-cpu:${version}`
}

/**
 * How a server for one model is started. A folder without weights gets random ones. An empty path is a repository of
 * Hugging Face that lies in its cache already: a run fetches no model unasked.
 *
 * @throws ModelMissingError for a path that is no folder.
 */
export function vllmRecipe(
  model: ModelFile,
  { contextTokens, slots, settings = {} }: Pick<LoadOptions, 'contextTokens' | 'slots' | 'settings'>,
  further: string[],
): ServerRecipe {
  const { name, path } = model
  const dummy = path !== '' && !hasWeights(model)
  return {
    engine: 'vllm',
    title: `vLLM serving ${name}`,
    program: 'vllm',
    arguments: place => [
      'serve',
      path === '' ? name : place.path(path),
      ...['--served-model-name', name],
      ...['--max-model-len', String(contextTokens)],
      ...['--max-num-seqs', String(slots)],
      ...settingArguments(settings),
      // Usage tells the cached tokens of a request.
      '--enable-prompt-tokens-details',
      ...(dummy ? ['--load-format', 'dummy'] : []),
      ...['--host', place.host],
      ...['--port', String(place.port)],
    ],
    environment: () => ({
      // For the routes that reset the prefix cache, sleep and wake; it listens on a loopback address.
      VLLM_SERVER_DEV_MODE: '1',
      ...unlessSet('HF_HUB_OFFLINE', '1'),
      ...(setsMemory(further) ? {} : unlessSet('VLLM_CPU_KVCACHE_SPACE', String(cpuKvCacheGib))),
    }),
    inherited,
    readyPath: '/health',
    startLimitMs: 15 * 60_000,
    container: { ...container, image: vllmImage() },
  }
}

function settingArguments({ gpuMemoryShare, tensorParallel }: LoadSettings): string[] {
  return [
    ...(gpuMemoryShare === undefined ? [] : ['--gpu-memory-utilization', String(gpuMemoryShare)]),
    ...(tensorParallel === undefined ? [] : ['--tensor-parallel-size', String(tensorParallel)]),
  ]
}

/** A user's own setting wins. */
const unlessSet = (name: string, value: string): Record<string, string> =>
  process.env[name] === undefined ? { [name]: value } : {}

const setsMemory = (words: string[]): boolean =>
  words.some(word => /^--(kv[-_]cache[-_]memory[-_]bytes|gpu[-_]memory[-_]utilization)\b/.test(word))

function hasWeights({ name, path }: ModelFile): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ModelMissingError(
      `vLLM takes ${name} as a folder of Hugging Face's form (config.json, tokenizer, weights); ${path} is none.`,
    )
  }
  return readdirSync(join(path)).some(file => /\.(safetensors|bin|pt|pth|gguf)$/.test(file))
}
