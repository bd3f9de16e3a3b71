import { setTimeout as delay } from 'node:timers/promises'
import { CouldNotMeasureError } from '../../errors.ts'
import { absent, type Measured, measured } from '../../measured.ts'
import type { ModelStore } from './model-store.ts'
import type { OllamaApi } from './ollama-api.ts'
import type { OllamaServer } from './ollama-server.ts'
import type { LoadedModel } from './routes.ts'
import { isRunning, type Runner, runnersOf } from './runner-process.ts'

const POLL_MS = 20
const UNLOAD_LIMIT_MS = 5 * 60_000

/** Which process serves a model, and how it is got rid of. */
export class ModelProcess {
  readonly #server: () => OllamaServer
  readonly #api: OllamaApi
  readonly #store: ModelStore
  /** Models whose process was there. */
  readonly #seen = new Set<string>()

  constructor(server: () => OllamaServer, api: OllamaApi, store: ModelStore) {
    this.#server = server
    this.#api = api
    this.#store = store
  }

  /** Of /api/ps; under another name where the same weights are loaded under that, as they have one process. */
  async entry(ollamaName: string): Promise<LoadedModel | undefined> {
    const listed = await this.#api.loaded()
    const named = listed.find(({ name }) => name === ollamaName)
    if (named || listed.length === 0) return named
    const own = await this.#blob(ollamaName)
    const blobs = await Promise.all(listed.map(({ name }) => this.#blob(name)))
    return listed[
      blobs.findIndex(blob => blob.state === 'measured' && own.state === 'measured' && blob.value === own.value)
    ]
  }

  /**
   * As in Residency; null for a model whose process could be seen before and is gone: /api/ps goes on listing one whose
   * process was killed, until the next request.
   */
  async instance(ollamaName: string): Promise<Measured<string> | null> {
    const runners = await this.#runners(ollamaName)
    if (runners.state === 'absent') return runners
    const [newest] = runners.value.sort((a, b) => b.startTicks - a.startTicks)
    if (newest) {
      this.#seen.add(ollamaName)
      return measured(`${newest.pid}:${newest.startTicks}`)
    }
    if (this.#seen.has(ollamaName)) return null
    return absent(`the server shows no child with the weights of ${ollamaName} as its --model`)
  }

  /** Ollama answers before the model is gone: resolves when /api/ps and, where it can be seen, its process are done. */
  async unload(ollamaName: string): Promise<void> {
    const runners = await this.#runners(ollamaName)
    if (await this.entry(ollamaName)) await this.#api.generate({ model: ollamaName, keep_alive: 0 })
    const giveUpAt = performance.now() + UNLOAD_LIMIT_MS
    for (;;) {
      const obstacle = await this.#obstacle(ollamaName, runners.state === 'measured' ? runners.value : [])
      if (obstacle === null) return
      if (performance.now() > giveUpAt) {
        throw new CouldNotMeasureError(`${ollamaName} was not unloaded in ${UNLOAD_LIMIT_MS / 1000} s: ${obstacle}.`)
      }
      await delay(POLL_MS)
    }
  }

  async #obstacle(ollamaName: string, runners: Runner[]): Promise<string | null> {
    if (await this.entry(ollamaName)) return '/api/ps still lists it'
    const running = runners.find(isRunning)
    return running ? `its process ${running.pid} still runs` : null
  }

  async #runners(ollamaName: string): Promise<Measured<Runner[]>> {
    const root = await this.#server().host.rootPid()
    if (root.state === 'absent') return root
    const blob = await this.#blob(ollamaName)
    return blob.state === 'absent' ? blob : measured(runnersOf(root.value, blob.value))
  }

  #blob(ollamaName: string): Promise<Measured<string>> {
    return this.#api.ask(() => this.#store.blob(ollamaName))
  }
}
