import { readFileSync } from 'node:fs'
import { findRunningEngines, type RunningEngine } from '../config/running-engines.ts'
import { llamaManifest } from '../engines/embedded/llama-manifest.ts'
import { programPath } from '../engines/hosts/index.ts'
import { HttpClient } from '../engines/http-client.ts'
import type { Engine } from '../engines/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import type { PerfOptions } from '../options/index.ts'
import type { StartableEngine } from '../plan-items/index.ts'
import { installedVersion } from './installed-version.ts'
import { programOutput } from './program-output.ts'
import { type Deadline, leftMs, within } from './within.ts'

/** A program on the PATH; its version where it told it in time. */
export interface SeenProgram {
  path: string
  version: Measured<string>
}

/** A server on one of the usual ports of this machine. */
export type SeenServer = RunningEngine & { models: Measured<string[]> }

export type AttachedEngine = Pick<Engine, 'identity' | 'traits'> & { models: string[] }

export interface SeenEngines {
  /** Version of node-llama-cpp; absent where the package is not installed. */
  embedded: Measured<string>
  programs: Record<StartableEngine, Measured<SeenProgram>>
  servers: SeenServer[]
  /** The one behind PERF_ENGINE_URL; null where none is named. */
  attached: Measured<AttachedEngine> | null
}

/** How each says its version, and where in what it prints. */
const versions: Record<StartableEngine, { args: string[]; pattern: RegExp }> = {
  'llama-server': { args: ['--version'], pattern: /version:\s*(.+)/ },
  ollama: { args: ['--version'], pattern: /version is (\S+)/ },
  vllm: { args: ['--version'], pattern: /^(\d\S*)$/m },
}

/** Looks for engines: on the PATH, on the usual ports, and at the URL of this run. None is started, loaded or asked. */
export async function lookForEngines(options: PerfOptions, deadline: Deadline): Promise<SeenEngines> {
  const [llamaServer, ollama, vllm, servers, own] = await Promise.all([
    lookForProgram('llama-server', deadline),
    lookForProgram('ollama', deadline),
    lookForProgram('vllm', deadline),
    within(deadline, 'the usual ports', runningServers(deadline)),
    options.engineUrl === null
      ? null
      : within(deadline, `the server at ${options.engineUrl}`, attached(options.engineUrl, options)),
  ])
  return {
    embedded: embeddedVersion(),
    programs: { 'llama-server': llamaServer, ollama, vllm },
    servers: servers.state === 'measured' ? servers.value : [],
    attached: own,
  }
}

/** The adapters of all engines are loaded only where one is asked for. */
async function attached(url: string, options: PerfOptions): Promise<AttachedEngine> {
  const { attachedEngine } = await import('./attached-engine.ts')
  return await attachedEngine(url, options)
}

async function lookForProgram(engine: StartableEngine, deadline: Deadline): Promise<Measured<SeenProgram>> {
  const path = programPath(engine)
  if (path === undefined) return absent(`there is no program ${engine} on the PATH`)
  const installed = installedVersion(engine, path)
  if (installed !== null) return measured({ path, version: measured(installed) })
  const { args, pattern } = versions[engine]
  const output = await programOutput(path, args, deadline)
  return measured({ path, version: versionIn(output, pattern) })
}

/** Ollama without a server warns first, and then says its own version: `client version is`. */
export function versionIn(output: Measured<string>, pattern: RegExp): Measured<string> {
  if (output.state === 'absent') return output
  const found = pattern.exec(output.value)?.[1]
  return found === undefined ? absent('it did not say its version') : measured(found)
}

async function runningServers(deadline: Deadline): Promise<SeenServer[]> {
  return await Promise.all(
    (await findRunningEngines()).map(async server => ({
      ...server,
      models: await within(deadline, server.url, listedModels(server.url, deadline)),
    })),
  )
}

/** By the route that all of them have. */
async function listedModels(url: string, deadline: Deadline): Promise<string[]> {
  const answer = await new HttpClient(url, { timeoutMs: leftMs(deadline) }).getJson('/v1/models')
  const data = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'data') : null
  if (!Array.isArray(data)) return []
  return data.flatMap(({ id }: { id?: unknown }) => (typeof id === 'string' ? [id] : []))
}

/** By its manifest: the package itself would load its bindings. */
function embeddedVersion(): Measured<string> {
  const manifest = llamaManifest()
  if (manifest === undefined)
    return absent('the package node-llama-cpp is not installed: npm install --save-dev node-llama-cpp')
  return measured(`node-llama-cpp ${JSON.parse(readFileSync(manifest, 'utf8')).version}`)
}
