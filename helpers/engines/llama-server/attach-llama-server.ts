import { BadInputError, EngineStartError } from '../../errors.ts'
import type { AttachOptions } from '../attach-options.ts'
import type { Engine } from '../engine.ts'
import { attachedHost } from '../hosts/index.ts'
import { HttpClient } from '../http-client.ts'
import { LlamaServerEngine } from './llama-server-engine.ts'
import { promptCacheGrowth } from './prompt-cache.ts'
import { readAnswer, serverProps } from './routes.ts'

/**
 * Attaches to a running llama-server, with a single model or as a router, or to another server of its dialect. Nothing
 * is started, stopped or changed.
 *
 * @throws BadInputError for a URL that is none, EngineStartError when nothing of that dialect answers at the URL.
 */
export async function attachLlamaServer({ url, apiKey, ...where }: AttachOptions): Promise<Engine> {
  if (!['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) {
    throw new BadInputError(`The engine's URL is ${url}; it must be like http://127.0.0.1:8080 (PERF_ENGINE_URL).`)
  }
  const client = new HttpClient(url, apiKey === undefined ? {} : { apiKey })
  const props = await client.getJson('/props').catch(cause => {
    throw new EngineStartError(`Cannot attach to llama-server at ${client.url}: ${cause.message}`, { cause })
  })
  const { role, build_info: version, model_path: path } = readAnswer(serverProps, props, `${client.url}/props`)
  const host = await attachedHost(client.url, where)
  return new LlamaServerEngine({
    name: 'llama-server',
    version,
    settings: path === undefined ? [] : ['--model', path],
    client,
    host,
    router: role === 'router',
    neverExpires: 'how long a llama-server keeps an idle model is set when it is started (--sleep-idle-seconds)',
    hostMemoryGrowsByDesign: await promptCacheGrowth(host),
    loadSettings: [],
    seesNoImages: null,
  })
}
