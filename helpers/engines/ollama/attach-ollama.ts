import { BadInputError, EngineStartError } from '../../errors.ts'
import type { Engine } from '../engine.ts'
import { attachedHost, type Whereabouts } from '../hosts/index.ts'
import { HttpClient } from '../http-client.ts'
import { LoadCount } from './load-count.ts'
import { OllamaEngine } from './ollama-engine.ts'
import { lookAtServer } from './ollama-server.ts'

export interface AttachOllamaOptions extends Pick<Whereabouts, 'pid' | 'container'> {
  url: string
  /** For a proxy in front of it, as Ollama knows no keys. From the environment; sent as a bearer token, nowhere else. */
  apiKey?: string
}

/**
 * Attaches to a running Ollama. Loads are counted in its log where that can be had: when its container is named.
 * Models that are created there from files are removed again by stop(); models that were loaded go by the server's own
 * keep-alive from then on.
 *
 * @throws BadInputError for a URL that is none, EngineStartError when Ollama does not answer there.
 */
export async function attachOllama({ url, apiKey, ...where }: AttachOllamaOptions): Promise<Engine> {
  if (!['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) {
    throw new BadInputError(`The engine's URL is ${url}; it must be like http://127.0.0.1:11434 (PERF_ENGINE_URL).`)
  }
  const client = new HttpClient(url, { apiKey })
  const loads = where.container === undefined ? null : new LoadCount()
  const host = await attachedHost(client.url, { ...where, ...(loads && { onLogLine: line => loads.read(line) }) })
  try {
    return new OllamaEngine({
      server: await lookAtServer({ client, host, loads }),
      launch: null,
      restart: () => host.restart(),
    })
  } catch (cause) {
    await host.stop()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EngineStartError(`Cannot attach to Ollama at ${client.url}: ${reason}`, { cause })
  }
}
