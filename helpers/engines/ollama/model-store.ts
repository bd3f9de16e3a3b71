import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { CouldNotMeasureError } from '../../errors.ts'
import { absent, type Measured } from '../../measured.ts'
import type { ModelFile } from '../engine.ts'
import { EngineAnswerError, type HttpClient } from '../http-client.ts'
import { distinctFile } from './distinct-file.ts'
import { missingModel } from './failures.ts'
import { createdName, isCreatedFor, taggedName } from './model-names.ts'
import { progressLine, readAnswer, type ShownModel, showAnswer, tagsAnswer } from './routes.ts'
import { blobOf } from './runner-process.ts'

/** The models that an Ollama has, under the names that callers know; and those that were created there from files. */
export class ModelStore {
  /** Asked each time, as a server that is started again has another URL. */
  readonly #client: () => HttpClient
  /** Ollama's names of what was created, by the caller's. */
  readonly #created = new Map<string, string>()
  /** Of all that is ours, also where its caller's name stands for another file by now. */
  readonly #ours = new Set<string>()
  /** Who has a file's bytes as they are, by their digest. */
  readonly #owners = new Map<string, string>()
  /** By path, size and time of the last change. */
  readonly #digests = new Map<string, Promise<string>>()
  readonly #shown = new Map<string, ShownModel>()

  constructor(client: () => HttpClient) {
    this.#client = client
  }

  /** Ollama's names. */
  async list(): Promise<string[]> {
    const client = this.#client()
    const answer = await client.getJson('/api/tags')
    return readAnswer(tagsAnswer, answer, `${client.url}/api/tags`).models.map(({ name }) => name)
  }

  /** The caller's name where this run has created it. */
  callersName(ollamaName: string): string {
    return [...this.#created].find(([, name]) => name === ollamaName)?.[0] ?? ollamaName
  }

  /** By Ollama's name. */
  isCreated(ollamaName: string): boolean {
    return this.#ours.has(ollamaName)
  }

  /** Ollama's name of a model that it has, whoever put it there; undefined where it has none. */
  async find(name: string): Promise<string | undefined> {
    const known = this.#created.get(name)
    if (known !== undefined) return known
    const names = await this.list()
    return names.find(other => other === taggedName(name)) ?? names.find(other => isCreatedFor(other, name))
  }

  /**
   * Ollama's name of the model; one with a path is created from its file if it is not there yet.
   *
   * @throws ModelMissingError for one without a path that it does not have.
   */
  async have({ name, path }: ModelFile, signal?: AbortSignal): Promise<string> {
    if (path === '') {
      const found = await this.find(name)
      if (found === undefined) throw missingModel(this.#client().url, name, await this.list())
      return found
    }
    const digest = await this.#digestOf(path)
    const owner = this.#owners.get(digest) ?? name
    this.#owners.set(digest, owner)
    if (owner === name) return await this.#createUnlessThere(name, path, digest, signal)
    const ofItsOwn = createHash('sha256').update(`${digest} ${name}`).digest('hex')
    const known = createdName(name, ofItsOwn)
    if (await this.#isThere(name, known)) return known
    await using copy = await distinctFile(path, name)
    return await this.#create(name, known, copy.path, await sha256(copy.path), signal)
  }

  /** What /api/show says of it; asked once, as a model does not change under its name while it is measured. */
  async show(ollamaName: string): Promise<ShownModel> {
    const known = this.#shown.get(ollamaName)
    if (known) return known
    const client = this.#client()
    const answer = await client.postJson('/api/show', { model: ollamaName })
    const shown = readAnswer(showAnswer, answer, `${client.url}/api/show`)
    this.#shown.set(ollamaName, shown)
    return shown
  }

  async blob(ollamaName: string): Promise<Measured<string>> {
    try {
      return blobOf((await this.show(ollamaName)).modelfile)
    } catch (error) {
      if (!(error instanceof EngineAnswerError) || error.status !== 404) throw error
      return absent(error.message)
    }
  }

  /** Removes what was created from files; what somebody else has removed already is no error. */
  async removeCreated(): Promise<void> {
    for (const ollamaName of this.#ours) {
      await this.#client()
        .deleteJson('/api/delete', { model: ollamaName })
        .catch(error => {
          if (!(error instanceof EngineAnswerError) || error.status !== 404) throw error
        })
      this.#ours.delete(ollamaName)
    }
    this.#created.clear()
    this.#owners.clear()
  }

  async #createUnlessThere(name: string, path: string, digest: string, signal?: AbortSignal): Promise<string> {
    const wanted = createdName(name, digest)
    if (await this.#isThere(name, wanted)) return wanted
    return await this.#create(name, wanted, path, digest, signal)
  }

  /** A model of an earlier run with the same bytes is taken over, and removed like one of this run. */
  async #isThere(name: string, ollamaName: string): Promise<boolean> {
    const isThere = (await this.list()).includes(ollamaName)
    if (isThere) this.#own(name, ollamaName)
    return isThere
  }

  async #create(
    name: string,
    ollamaName: string,
    path: string,
    digest: string,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const client = this.#client()
    const blob = `sha256:${digest}`
    if (!(await client.exists(`/api/blobs/${blob}`, { signal }))) {
      await client.postFile(`/api/blobs/${blob}`, path, { signal })
    }
    // Before it is created, so that what a broken creation leaves is removed too.
    this.#own(name, ollamaName)
    let last = ''
    const body = { model: ollamaName, files: { 'model.gguf': blob } }
    const read = (line: unknown): void => {
      last = readAnswer(progressLine, line, `${client.url}/api/create`).status
    }
    await client.postLines('/api/create', body, read, { signal })
    if (last === 'success') return ollamaName
    throw new CouldNotMeasureError(`POST ${client.url}/api/create ended without success, after "${last}"`)
  }

  #own(name: string, ollamaName: string): void {
    this.#created.set(name, ollamaName)
    this.#ours.add(ollamaName)
  }

  async #digestOf(path: string): Promise<string> {
    const { size, mtimeMs } = await stat(path)
    const key = `${path} ${size} ${mtimeMs}`
    const known = this.#digests.get(key) ?? sha256(path)
    this.#digests.set(key, known)
    return known
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash)
  return hash.digest('hex')
}
