import { BadInputError, EngineStartError } from '../../errors.ts'
import type { AttachOptions } from '../attach-options.ts'
import type { Engine } from '../engine.ts'
import { attachedHost } from '../hosts/index.ts'
import { HttpClient } from '../http-client.ts'
import { listedModels } from './listed-models.ts'
import { OpenAiEngine } from './openai-engine.ts'

/**
 * Attaches to any running server that has OpenAI's routes. Nothing is started, stopped or changed.
 *
 * @throws BadInputError for a URL that is none, EngineStartError when no list of models is found under /v1/models.
 */
export async function attachOpenAi({ url, apiKey, ...where }: AttachOptions): Promise<Engine> {
  if (!['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) {
    throw new BadInputError(`The engine's URL is ${url}; it must be like http://127.0.0.1:8000 (PERF_ENGINE_URL).`)
  }
  const client = new HttpClient(url, { apiKey })
  await listedModels(client).catch((cause: Error) => {
    const message = `Cannot attach to an OpenAI-compatible server at ${client.url}: ${cause.message}`
    throw new EngineStartError(message, { cause })
  })
  return new OpenAiEngine({ client, host: await attachedHost(client.url, where) })
}
