import { ModelMissingError } from '../../errors.ts'
import { absent } from '../../measured.ts'
import type { Engine, LoadOptions, LoadSettings, ModelFile } from '../engine.ts'
import { gpuAccess, howToStart, launchServer, type ServerRecipe, type StartOptions } from '../hosts/index.ts'
import { HttpClient } from '../http-client.ts'
import { type ModelServer, ServerPerModelEngine } from '../server-per-model.ts'
import { IdlingLlamaServer } from './idling-llama-server.ts'
import { promptCacheGrowth } from './prompt-cache.ts'
import { readAnswer, serverProps } from './routes.ts'

const build = 'b10775'
/** It says so when the model is loaded first, and when it is loaded again after sleep. */
const loadLine = /\bload_model: loading model/

/**
 * llama-server as this suite starts it: a server with a single model for each model that is loaded.
 *
 * @throws EngineStartError when there is neither the program nor Docker.
 */
export async function startLlamaServer({ how: asked, image, signal, ...again }: StartOptions): Promise<Engine> {
  signal?.throwIfAborted()
  const { arguments: further } = again
  const pinned = image ?? llamaServerImage()
  const how = await howToStart(
    { title: 'llama-server', program: 'llama-server', container: { ...container, image: pinned } },
    asked,
  )
  const apiKey = how === 'binary' ? process.env.LLAMA_API_KEY : undefined
  const launch = async (model: ModelFile, options: LoadOptions): Promise<ModelServer> => {
    let loads = 0
    const recipe = {
      ...llamaServerRecipe(model, options),
      onLogLine: (line: string) => {
        if (loadLine.test(line)) loads++
      },
    }
    const { signal: ending } = options
    const server = await launchServer(recipe, { ...again, how, image: pinned, ...(ending && { signal: ending }) })
    try {
      const client = new HttpClient(server.url, { apiKey })
      const props = readAnswer(serverProps, await client.getJson('/props'), `${server.url}/props`)
      const restart = async () => absent('its model is loaded anew by unload and load')
      const engine = new IdlingLlamaServer({
        name: 'llama-server',
        version: props.build_info,
        settings: [],
        client,
        host: Object.assign(server, { restart }),
        router: false,
        neverExpires: null,
        hostMemoryGrowsByDesign: await promptCacheGrowth(server),
        loadSettings,
        seesNoImages: null,
        countLoads: () => loads,
      })
      return { engine, startMs: server.startMs }
    } catch (error) {
      await server.stop()
      throw error
    }
  }
  const words = ['llama-server', ...settings, ...further]
  const growth = await promptCacheGrowth({ commandLine: words, rootPid: async () => absent('it is not started yet') })
  return new ServerPerModelEngine({
    identity: {
      name: 'llama-server',
      runsAs: how === 'binary' ? 'binary llama-server' : `container ${pinned}`,
      arguments: further,
    },
    traits: {
      modelFormat: 'gguf',
      catalogueName: null,
      fixedOutput: true,
      seeded: true,
      neverExpires: null,
      neverUnloads: null,
      gpuMemoryIsFixed: null,
      hostMemoryGrowsByDesign: growth,
      loadSettings,
      seesNoImages: null,
      imagesOutsidePromptTimes: null,
    },
    launch,
    available: async () => [],
    pullAdvice: name =>
      `llama-server takes a .gguf file; fetch ${name} as one and give its path (PERF_MODEL=<file>.gguf)`,
  })
}

const container = { port: 8080, gpus: true }

/** By the machine's GPU: NVIDIA's, AMD's or none. */
export function llamaServerImage({ hostConfig: gpu } = gpuAccess()): string {
  const kind = gpu.Devices ? 'server-rocm' : gpu.DeviceRequests || gpu.Runtime ? 'server-cuda' : 'server'
  return `ghcr.io/ggml-org/llama.cpp:${kind}-${build}`
}

const loadSettings = ['kvCacheType', 'memoryMap', 'gpuLayers', 'flashAttention', 'prefixCache'] as const

/** No cache of earlier prompts in host memory, which looks like a leak; no settings that shrink to what is free. */
const settings = ['--metrics', '--cache-ram', '0', '--fit', 'off']

/**
 * How a server for one model is started. The context is divided by the slots, so a request has what it was asked for.
 *
 * @throws ModelMissingError for a model without a file.
 */
export function llamaServerRecipe(
  { name, path, projectorPath }: ModelFile,
  { contextTokens, slots, keepAlive = 'forever', settings: held = {} }: LoadOptions,
): ServerRecipe {
  if (path === '') throw new ModelMissingError(`llama-server takes ${name} as a .gguf file, and none was given.`)
  return {
    engine: 'llama-server',
    title: `llama-server serving ${name}`,
    program: 'llama-server',
    arguments: place => [
      ...['-m', place.path(path)],
      ...(projectorPath === undefined ? [] : ['--mmproj', place.path(projectorPath)]),
      ...['--alias', name],
      ...['-c', String(contextTokens * slots)],
      ...['-np', String(slots)],
      ...settings,
      ...settingArguments(held),
      ...(keepAlive === 'forever' ? [] : ['--sleep-idle-seconds', String(Math.max(1, Math.ceil(keepAlive.seconds)))]),
      ...['--host', place.host],
      ...['--port', String(place.port)],
    ],
    environment: () => ({}),
    inherited: /^(LLAMA_ARG|GGML|CUDA|NVIDIA)_/,
    readyPath: '/health',
    startLimitMs: 10 * 60_000,
    container: { ...container, image: llamaServerImage() },
  }
}

/** As llama.cpp v0.5.0 and later spell them. Quantised values in the KV cache take flash attention. */
function settingArguments(settings: LoadSettings): string[] {
  const { kvCacheType, memoryMap, gpuLayers, prefixCache } = settings
  const isQuantised = kvCacheType !== undefined && kvCacheType !== 'f16'
  const flashAttention = settings.flashAttention ?? (isQuantised ? true : undefined)
  return [
    ...(kvCacheType === undefined ? [] : ['-ctk', kvCacheType, '-ctv', kvCacheType]),
    ...(flashAttention === undefined ? [] : ['-fa', flashAttention ? 'on' : 'off']),
    ...(prefixCache === undefined ? [] : [prefixCache ? '--cache-prompt' : '--no-cache-prompt']),
    ...(memoryMap === undefined ? [] : ['--load-mode', memoryMap ? 'mmap' : 'none']),
    ...(gpuLayers === undefined ? [] : ['-ngl', String(gpuLayers)]),
  ]
}
