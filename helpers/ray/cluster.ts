import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { BadInputError, CouldNotMeasureError } from '../errors.ts'
import { JobsClient } from './jobs-client.ts'
import { startLocalRay } from './local-ray.ts'
import type { RayAddress } from './ray-address.ts'
import type { ClusterRoom } from './spread-concurrency.ts'
import { totalOf } from './state.ts'

/** A Ray that takes jobs. Ends with its scope where this run started it, and is left as it is otherwise. */
export interface RayCluster extends AsyncDisposable {
  client: JobsClient
  origin: 'spawned' | 'attached'
  /** Of Ray. */
  version: string
  /** For people: `Ray 2.60.0, started here` or with its URL. */
  title: string
  room: ClusterRoom
  /** All of its nodes are this machine: files and processes can be seen here. */
  isHere: boolean
  /** Roots of Ray's own process trees, as far as they are known: their work is no stranger's. */
  processRoots: number[]
  /** Resolves if a Ray of ours ends on its own; never otherwise. */
  died: Promise<Error>
}

/**
 * Starts a local Ray, or looks at the one that is there. The token of the latter is RAY_AUTH_TOKEN's.
 *
 * @throws EngineStartError, BadInputError or CouldNotMeasureError, which say what to do.
 */
export async function openCluster(
  address: RayAddress,
  { token = process.env.RAY_AUTH_TOKEN ?? null, signal }: { token?: string | null; signal?: AbortSignal } = {},
): Promise<RayCluster> {
  if (address.kind === 'dashboard') return look(new JobsClient(address.url, checked(token)))
  const ray = await startLocalRay(signal)
  try {
    const seen = await look(ray.client)
    return {
      ...seen,
      origin: 'spawned',
      title: `Ray ${seen.version}, started here`,
      processRoots: [ray.pid],
      died: ray.died,
      [Symbol.asyncDispose]: () => ray[Symbol.asyncDispose](),
    }
  } catch (error) {
    await ray[Symbol.asyncDispose]()
    throw error
  }
}

async function look(client: JobsClient): Promise<RayCluster> {
  const version = await client.version()
  const nodes = (await client.nodes()).filter(({ state }) => state === 'ALIVE')
  if (nodes.length === 0)
    throw new CouldNotMeasureError(`Ray at ${client.url} has no node that lives. Look at it with \`ray status\`.`)
  const { CPU: cpus = 0, GPU: gpus = 0, memory: memoryBytes = 0 } = totalOf(nodes)
  return {
    client,
    origin: 'attached',
    version,
    title: `Ray ${version} at ${client.url}`,
    room: { cpus, gpus, memoryBytes },
    isHere: nodes.every(({ node_ip }) => ownAddresses().has(node_ip)),
    processRoots: [],
    died: new Promise(() => {}),
    [Symbol.asyncDispose]: async () => {},
  }
}

function ownAddresses(): Set<string> {
  const own = Object.values(networkInterfaces()).flatMap(all => (all ?? []).map(({ address }) => address))
  return new Set(own.filter(address => isIP(address) > 0))
}

/** What fits into a header: a token with a line break is a file that was read whole. */
function checked(token: string | null): string | null {
  if (token === null || token === '') return null
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new BadInputError('RAY_AUTH_TOKEN holds a space, a line break or another character that no token has.')
}
