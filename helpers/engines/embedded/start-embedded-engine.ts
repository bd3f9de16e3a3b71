import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EngineStartError } from '../../errors.ts'
import { absent, measured } from '../../measured.ts'
import type { Engine } from '../engine.ts'
import type { EngineHost } from '../hosts/index.ts'
import { HttpClient } from '../http-client.ts'
import { LlamaServerEngine } from '../llama-server/llama-server-engine.ts'
import { defaultThreads } from './cpu-cores.ts'
import { EngineProcess } from './engine-process.ts'
import { llamaBinaryTested } from './llama-binary.ts'
import { llamaManifest } from './llama-manifest.ts'

export interface EmbeddedEngineOptions {
  /** For each model. Default: physical cores less one, at least one. */
  threads?: number
  /** `auto` takes a GPU if there is one (the default); false stays on the CPU. */
  gpu?: 'auto' | false
  /** Loopback port; 0, the default, takes any that is free. */
  port?: number
  /** Ends the start. */
  signal?: AbortSignal
}

/**
 * Starts llama.cpp behind a loopback server of llama-server's dialect, one child process per loaded model. It ends with
 * stop(), or with this process, whatever ends that.
 *
 * @throws EngineStartError with the engine's last log lines.
 */
export async function startEmbeddedEngine(options: EmbeddedEngineOptions = {}): Promise<Engine> {
  const { threads = defaultThreads(), gpu = 'auto', port = 0, signal } = options
  const version = embeddedVersion()
  const useGpu = gpu === 'auto' && hasGpu() ? 'auto' : false
  // Where a GPU may be taken, each model's process finds out by itself which binary runs.
  if (useGpu === false) await llamaBinaryTested()
  const started = await EngineProcess.start({ port, threads, gpu: useGpu, build: version }, signal)
  const url = `http://127.0.0.1:${started.port}`
  return new LlamaServerEngine({
    name: 'embedded',
    version,
    settings: [`threads ${threads}`, useGpu ? 'GPU if supported' : 'CPU'],
    client: new HttpClient(url),
    host: spawnedHost(started.process, options),
    router: true,
    neverExpires: 'the embedded engine unloads a model only when it is told to',
    hostMemoryGrowsByDesign: null,
    loadSettings: ['kvCacheType', 'memoryMap', 'gpuLayers', 'flashAttention', 'prefixCache'],
    seesNoImages: 'node-llama-cpp, which it is made of, takes text only',
  })
}

function spawnedHost(engine: EngineProcess, { signal: _, ...options }: EmbeddedEngineOptions): EngineHost {
  return {
    origin: 'spawned',
    runsAs: 'child processes',
    commandLine: [],
    rootPid: async () => (engine.pid === undefined ? absent('the engine was never started') : measured(engine.pid)),
    logTail: () => engine.logTail(),
    died: engine.died,
    get death() {
      return engine.death
    },
    restart: async () => {
      await engine.stop()
      return measured(await startEmbeddedEngine(options))
    },
    stop: () => engine.stop(),
  }
}

/** node-llama-cpp's version and the llama.cpp release that it bundles. */
function embeddedVersion(): string {
  const manifest = llamaManifest()
  if (manifest === undefined) {
    throw new EngineStartError(
      'The embedded engine needs the package node-llama-cpp, which is not installed. ' +
        'Install it (npm install --save-dev node-llama-cpp), or measure a running engine with PERF_ENGINE_URL.',
    )
  }
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
  const release = join(dirname(manifest), 'llama', 'binariesGithubRelease.json')
  return `node-llama-cpp ${version}, llama.cpp ${JSON.parse(readFileSync(release, 'utf8')).release}`
}

/** Device nodes of GPUs: NVIDIA, NVIDIA Jetson, AMD's compute driver, any with a render node. */
const gpuDevices = ['/dev/nvidia0', '/dev/nvhost-gpu', '/dev/nvmap', '/dev/kfd', '/dev/dri/renderD128']

/** Without a GPU the look for one costs every load of a model a few hundred ms. */
const hasGpu = (): boolean => process.platform !== 'linux' || gpuDevices.some(path => existsSync(path))
