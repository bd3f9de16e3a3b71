import { BlockList } from 'node:net'
import { BadInputError, EngineStartError } from '../errors.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { listeningProcess } from '../processes/index.ts'
import type { Engine } from './engine.ts'
import type { EngineHost } from './engine-host.ts'
import { HttpClient } from './http-client.ts'
import { LlamaServerEngine } from './llama-server-engine.ts'
import { readAnswer, serverProps } from './llama-server-routes.ts'

export interface AttachOptions {
  url: string
  /** The server's process on this machine, where its socket does not tell (a container's published port). */
  pid?: number
  /** From the environment; sent as a bearer token, and nowhere else. */
  apiKey?: string
}

/**
 * Attaches to a running llama-server, with a single model or as a router, or to another server of its dialect. Nothing
 * is started, stopped or changed.
 *
 * @throws BadInputError for a URL that is none, EngineStartError when nothing of that dialect answers at the URL.
 */
export async function attachLlamaServer({ url, pid, apiKey }: AttachOptions): Promise<Engine> {
  if (!['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) {
    throw new BadInputError(`The engine's URL is ${url}; it must be like http://127.0.0.1:8080 (PERF_ENGINE_URL).`)
  }
  const client = new HttpClient(url, apiKey === undefined ? {} : { apiKey })
  const props = await client.getJson('/props').catch(cause => {
    throw new EngineStartError(`Cannot attach to llama-server at ${client.url}: ${cause.message}`, { cause })
  })
  const { role, build_info: version, model_path: path } = readAnswer(serverProps, props, `${client.url}/props`)
  const router = role === 'router'
  return new LlamaServerEngine({
    identity: {
      name: 'llama-server',
      version,
      origin: 'attached',
      url: client.url,
      arguments: router || path === undefined ? [] : ['--model', path],
    },
    client,
    host: attachedHost(client.url, pid),
    router,
  })
}

function attachedHost(url: string, pid: number | undefined): EngineHost {
  return {
    origin: 'attached',
    rootPid: async () => (pid === undefined ? await processBehind(new URL(url)) : measured(pid)),
    logTail: () => [],
    // Its death shows in the requests that fail; nobody watches a process that is not ours.
    died: new Promise(() => {}),
    death: undefined,
    restart: async () => absent(`the engine at ${url} was not started by this suite, so it is not restarted either`),
    stop: async () => {},
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** By its listening socket, where the URL points to this machine by a loopback address. */
async function processBehind(url: URL): Promise<Measured<number>> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const local = host === 'localhost' || loopback.check(host, host.includes(':') ? 'ipv6' : 'ipv4')
  if (!local) return absent(`the engine at ${url.origin} is not on a loopback address of this machine`)
  return listeningProcess(Number(url.port || (url.protocol === 'https:' ? 443 : 80)))
}
