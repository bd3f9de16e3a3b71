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

/** A file that Ollama keeps by its SHA-256. */
interface BlobFile {
  path: string
  digest: string
}

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
  async have(model: ModelFile, signal?: AbortSignal): Promise<string> {
    const { name, path, projectorPath } = model
    if (path === '') {
      const found = await this.find(name)
      if (found === undefined) throw missingModel(this.#client().url, name, await this.list())
      return found
    }
    const projector = projectorPath === undefined ? null : await this.#blobOf(projectorPath)
    const digest = await this.#digestOf(path)
    const owner = this.#owners.get(digest) ?? name
    this.#owners.set(digest, owner)
    const isOwner = owner === name
    // Another file, another projector, another owner: another model.
    const identity = isOwner && projector === null ? digest : textDigest(digest, projector?.digest, isOwner ? '' : name)
    const wanted = createdName(name, identity)
    if (await this.#isThere(name, wanted)) return wanted
    await using copy = isOwner ? null : await distinctFile(path, name)
    const weights = copy === null ? { path, digest } : await this.#blobOf(copy.path)
    const files = { 'model.gguf': weights, ...(projector && { 'projector.gguf': projector }) }
    return await this.#create(name, wanted, files, signal)
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

  /** A model of an earlier run with the same bytes is taken over, and removed like one of this run. */
  async #isThere(name: string, ollamaName: string): Promise<boolean> {
    const isThere = (await this.list()).includes(ollamaName)
    if (isThere) this.#own(name, ollamaName)
    return isThere
  }

  async #create(
    name: string,
    ollamaName: string,
    given: Record<string, BlobFile>,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const client = this.#client()
    const files: Record<string, string> = {}
    for (const [file, blob] of Object.entries(given)) files[file] = await this.#upload(blob, signal)
    // Before it is created, so that what a broken creation leaves is removed too.
    this.#own(name, ollamaName)
    let last = ''
    const body = { model: ollamaName, files }
    const read = (line: unknown): void => {
      last = readAnswer(progressLine, line, `${client.url}/api/create`).status
    }
    await client.postLines('/api/create', body, read, { signal })
    if (last === 'success') return ollamaName
    throw new CouldNotMeasureError(`POST ${client.url}/api/create ended without success, after "${last}"`)
  }

  /** Resolves with what Ollama calls the file, once it has it. */
  async #upload({ path, digest }: BlobFile, signal: AbortSignal | undefined): Promise<string> {
    const blob = `sha256:${digest}`
    const route = `/api/blobs/${blob}`
    if (!(await this.#client().exists(route, { signal }))) await this.#client().postFile(route, path, { signal })
    return blob
  }

  #own(name: string, ollamaName: string): void {
    this.#created.set(name, ollamaName)
    this.#ours.add(ollamaName)
  }

  async #blobOf(path: string): Promise<BlobFile> {
    return { path, digest: await this.#digestOf(path) }
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

const textDigest = (...words: (string | undefined)[]): string =>
  createHash('sha256').update(JSON.stringify(words)).digest('hex')
