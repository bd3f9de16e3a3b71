import { existsSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { EngineStartError } from '../../errors.ts'

export interface BindMount {
  Type: 'bind'
  Source: string
  Target: string
  ReadOnly: true
}

/** Under this folder a container has this machine's files by their own full paths. */
const folder = '/host'
const shard = /^(.*)-\d{5}-of-(\d{5})\.gguf$/

/** The files and folders of this machine that a container gets, read-only. */
export class ContainerMounts {
  readonly #sources = new Map<string, string>()

  /** @returns its name in the container. A file in shards comes with them, a folder with what its links point to. */
  add(local: string): string {
    const path = resolve(local)
    if (!existsSync(path)) throw new EngineStartError(`${path} cannot be given to a container: it does not exist.`)
    if (statSync(path).isDirectory()) this.#addFolder(path)
    else for (const file of shardsOf(path)) this.#sources.set(folder + file, realpathSync(file))
    return folder + path
  }

  /** A missing source is refused by the daemon; as the older `Binds` it would be made, as an empty folder. */
  list(): BindMount[] {
    return [...this.#sources].map(([Target, Source]) => ({ Type: 'bind', Source, Target, ReadOnly: true }))
  }

  #addFolder(path: string): void {
    this.#sources.set(folder + path, realpathSync(path))
    for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
      if (!entry.isSymbolicLink()) continue
      const link = join(entry.parentPath, entry.name)
      const target = readlinkSync(link)
      // Where the link leads to in the container: Hugging Face's cache keeps its files beside the folder of links.
      const seen = isAbsolute(target) ? target : folder + resolve(dirname(link), target)
      if (!seen.startsWith(`${folder}${path}/`) && existsSync(link)) this.#sources.set(seen, realpathSync(link))
    }
  }
}

function shardsOf(path: string): string[] {
  const [, name, count] = shard.exec(basename(path)) ?? []
  if (name === undefined) return [path]
  const siblings = readdirSync(dirname(path)).filter(file => {
    const parts = shard.exec(file)
    return parts?.[1] === name && parts[2] === count
  })
  return siblings.map(file => join(dirname(path), file))
}
