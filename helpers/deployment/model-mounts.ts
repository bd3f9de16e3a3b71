import { posix } from 'node:path'
import { type BindMount, ContainerMounts } from '../engines/hosts/index.ts'
import type { ModelFile } from '../engines/index.ts'

export interface ModelMounts {
  /** What a container gets of this machine. */
  mounts: BindMount[]
  /** The name that a file or folder of the model has in the container. */
  path(local: string): string
}

/** Where the model lies in a container. */
const folder = '/models'

/**
 * The model's files at a place that does not tell of this machine's folders; those that belong together keep their
 * places to each other.
 *
 * @throws EngineStartError for a file that is not there.
 */
export function modelMounts({ path, projectorPath }: ModelFile): ModelMounts {
  const all = new ContainerMounts()
  const names = new Map([path, projectorPath ?? ''].filter(local => local !== '').map(local => [local, all.add(local)]))
  const root = commonFolder([...names.values(), ...all.list().map(({ Target }) => Target)])
  const renamed = (name: string): string => folder + name.slice(root.length)
  return {
    mounts: all.list().map(mount => ({ ...mount, Target: renamed(mount.Target) })),
    path: local => renamed(names.get(local) ?? local),
  }
}

/** The deepest folder that holds them all. */
function commonFolder(names: readonly string[]): string {
  const [first = [], ...others] = names.map(name => posix.dirname(name).split('/'))
  const differs = first.findIndex((part, i) => others.some(other => other[i] !== part))
  return (differs === -1 ? first : first.slice(0, differs)).join('/')
}
