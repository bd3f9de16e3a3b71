import { BadInputError, EngineStartError } from '../../errors.ts'
import { processEnvironment } from '../../processes/index.ts'
import type { AttachOptions } from '../attach-options.ts'
import type { Engine } from '../engine.ts'
import { attachedHost, type EngineHost } from '../hosts/index.ts'
import { HttpClient } from '../http-client.ts'
import { primitiveCacheVariable } from './primitive-cache.ts'
import { readAnswer, servedModels, versionAnswer } from './routes.ts'
import { VllmEngine } from './vllm-engine.ts'

/**
 * Attaches to a running vLLM server. Nothing is started, stopped or changed.
 *
 * @throws BadInputError for a URL that is none, EngineStartError when vLLM does not answer there or refuses the key.
 */
export async function attachVllm({ url, apiKey, ...where }: AttachOptions): Promise<Engine> {
  if (!['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) {
    throw new BadInputError(`The engine's URL is ${url}; it must be like http://127.0.0.1:8000 (PERF_ENGINE_URL).`)
  }
  const client = new HttpClient(url, apiKey === undefined ? {} : { apiKey })
  try {
    return await vllmAt(client, await attachedHost(client.url, where))
  } catch (cause) {
    if (!(cause instanceof Error) || cause instanceof EngineStartError) throw cause
    throw new EngineStartError(`Cannot attach to vLLM at ${client.url}: ${cause.message}`, { cause })
  }
}

/** The adapter of a server that is up, whoever started it. */
export async function vllmAt(client: HttpClient, host: EngineHost): Promise<Engine> {
  const { version } = readAnswer(versionAnswer, await client.getJson('/version'), `${client.url}/version`)
  // It asks for the key, as /version does not.
  readAnswer(servedModels, await client.getJson('/v1/models'), `${client.url}/v1/models`)
  const root = await host.rootPid()
  const environment = root.state === 'measured' ? processEnvironment(root.value) : root
  const primitiveCache = environment.state === 'measured' ? environment.value.get(primitiveCacheVariable) : undefined
  return new VllmEngine({ version, client, host, primitiveCache })
}
