import type { RequestLimits } from '../http-client.ts'
import type { OllamaServer } from './ollama-server.ts'
import { generateAnswer, type LoadedModel, psAnswer, readAnswer } from './routes.ts'

/** The routes of a running server, whichever that is by now. */
export class OllamaApi {
  readonly #server: () => OllamaServer

  constructor(server: () => OllamaServer) {
    this.#server = server
  }

  /** What /api/ps lists: looking neither loads a model nor keeps it loaded. */
  async loaded(): Promise<LoadedModel[]> {
    const { client } = this.#server()
    const answer = await this.ask(() => client.getJson('/api/ps'))
    return readAnswer(psAnswer, answer, `${client.url}/api/ps`).models
  }

  /** Without a prompt it loads the model, or with `keep_alive: 0` begins to unload it. */
  async generate(body: { model: string; [field: string]: unknown }, limits: RequestLimits = {}) {
    const { client } = this.#server()
    const answer = await this.ask(() => client.postJson('/api/generate', { ...body, stream: false }, limits))
    return readAnswer(generateAnswer, answer, `${client.url}/api/generate`)
  }

  /** A server that died explains a request that failed better than the broken connection does. */
  async ask<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      throw this.#server().host.death ?? error
    }
  }
}
