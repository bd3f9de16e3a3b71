import type { PerfOptions } from '../options/index.ts'
import type { AttachOptions } from './attach-options.ts'
import { checkEngine, detectEngine } from './detect-engine.ts'
import { startEmbeddedEngine } from './embedded/start-embedded-engine.ts'
import type { Engine, EngineName } from './engine.ts'
import type { StartOptions } from './hosts/index.ts'
import { attachLlamaServer, startLlamaServer } from './llama-server/index.ts'
import { attachOllama, startOllama } from './ollama/index.ts'
import { attachOpenAi } from './openai/index.ts'
import { attachVllm, startVllm } from './vllm/index.ts'

/** What decides which engine is measured, and how it runs. */
export type EngineChoice = Pick<
  PerfOptions,
  | 'engine'
  | 'engineStart'
  | 'engineImage'
  | 'engineArguments'
  | 'engineUrl'
  | 'enginePid'
  | 'engineContainer'
  | 'apiKey'
> & {
  /** Over what an engine that we start has otherwise; none unless said. The embedded engine takes none. */
  engineEnvironment?: Record<string, string>
  /** Sees every line of the log of what we start, while its models are loaded and after; the embedded engine tells none. */
  onLogLine?(line: string): void
}

const attachers = {
  'llama-server': attachLlamaServer,
  ollama: attachOllama,
  vllm: attachVllm,
  openai: attachOpenAi,
} satisfies Record<Exclude<EngineName, 'embedded'>, (options: AttachOptions) => Promise<Engine>>

const starters = {
  'llama-server': startLlamaServer,
  ollama: startOllama,
  vllm: startVllm,
}

/**
 * Attaches to the server at a URL, whichever engine answers there; or starts the engine that was asked for, as a binary or
 * as a container; or the embedded one.
 *
 * @throws BadInputError when another engine answers than the one asked for, or refuses the key; EngineStartError when
 * nothing answers, or when the engine cannot be started.
 */
export async function startEngine(choice: EngineChoice, signal?: AbortSignal): Promise<Engine> {
  const { engine, engineUrl } = choice
  if (engineUrl !== null) return await attach(engineUrl, choice)
  if (engine === null || engine === 'embedded' || engine === 'openai') {
    return await startEmbeddedEngine(signal ? { signal } : {})
  }
  const options: StartOptions = {
    how: choice.engineStart,
    image: choice.engineImage,
    arguments: choice.engineArguments,
    environment: choice.engineEnvironment ?? {},
    ...(choice.onLogLine && { onLogLine: choice.onLogLine }),
    ...(signal && { signal }),
  }
  return await starters[engine](options)
}

async function attach(url: string, choice: EngineChoice): Promise<Engine> {
  const { engine, enginePid: pid, engineContainer: container, apiKey } = choice
  const secret = apiKey === null ? {} : { apiKey }
  const found = await detectEngine(url, secret)
  checkEngine(url, engine, found)
  const name = engine ?? found.engine
  // The embedded engine speaks llama-server's dialect.
  return await attachers[name === 'embedded' ? 'llama-server' : name]({
    url,
    ...(pid === null ? {} : { pid }),
    ...(container === null ? {} : { container }),
    ...secret,
  })
}
