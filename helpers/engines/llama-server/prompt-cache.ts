import { processEnvironment } from '../../processes/index.ts'
import type { ServerHost } from '../hosts/index.ts'

/** llama-server's own default for --cache-ram (v0.5.0 to v0.7.0). */
const DEFAULT_MIB = 8192

/**
 * Why a llama-server's host memory may grow without a leak: it keeps the prompts of earlier requests, up to --cache-ram
 * MiB (-1 for no limit). Null where that is switched off, where its process cannot be seen, and for other servers of its
 * dialect.
 */
export async function promptCacheGrowth(host: Pick<ServerHost, 'commandLine' | 'rootPid'>): Promise<string | null> {
  const { commandLine } = host
  if (!commandLine.some(word => /(^|\/)llama-server$/.test(word))) return null
  const root = await host.rootPid()
  const environment = root.state === 'measured' ? processEnvironment(root.value) : root
  const fromEnvironment = environment.state === 'measured' ? environment.value.get('LLAMA_ARG_CACHE_RAM') : undefined
  const at = commandLine.findLastIndex(word => word === '--cache-ram' || word === '-cram')
  const mib = Number((at < 0 ? fromEnvironment : commandLine[at + 1]) ?? DEFAULT_MIB)
  if (mib === 0) return null
  const limit = mib < 0 ? 'without limit' : `up to ${mib} MiB`
  return `llama-server keeps earlier prompts in host memory, ${limit}; start it with --cache-ram 0 to judge its growth`
}
