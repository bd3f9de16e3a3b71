import { measured } from '../../measured.ts'
import type { Engine } from '../engine.ts'
import { launchServer, type StartOptions } from '../hosts/index.ts'
import { HttpClient } from '../http-client.ts'
import { LoadCount } from './load-count.ts'
import { OllamaEngine } from './ollama-engine.ts'
import { ollamaRecipe, ollamaSettings } from './ollama-recipe.ts'
import { lookAtServer, type OllamaServer } from './ollama-server.ts'

/**
 * Starts `ollama serve`: the binary, with the models that the user has, or a container with a volume of its own.
 *
 * OLLAMA_NUM_PARALLEL is a setting of the whole server, and memory grows with it. So the server is started for one
 * request at a time (or for what the user's OLLAMA_NUM_PARALLEL says), and load() starts it again for the slots that
 * are asked for: exactly those while no other model is loaded, more if need be while others are; those are loaded again.
 *
 * Models that load() creates are removed by stop(). From 0.30 on Ollama keeps the file that was uploaded beside its
 * converted copy, and removes it at the first start that comes an hour later or more.
 *
 * @throws EngineStartError with the server's last log lines, or when there is neither the program nor Docker.
 */
export async function startOllama(options: StartOptions): Promise<Engine> {
  const { signal, ...again } = options
  const loads = new LoadCount()
  const launch = (parallel: number, ending?: AbortSignal): Promise<OllamaServer> =>
    launched({ ...again, ...(ending && { signal: ending }) }, parallel, loads)
  const parallel = Number(process.env.OLLAMA_NUM_PARALLEL) || 1
  return new OllamaEngine({
    server: await launch(parallel, signal),
    launch,
    restart: async () => measured(await startOllama(again)),
  })
}

async function launched(options: StartOptions, parallel: number, loads: LoadCount): Promise<OllamaServer> {
  const host = await launchServer(ollamaRecipe(parallel, loads), options)
  try {
    return await lookAtServer({ client: new HttpClient(host.url), host, loads }, ollamaSettings(parallel))
  } catch (error) {
    await host.stop()
    throw error
  }
}
