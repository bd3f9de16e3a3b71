import type { Measured } from '../../measured.ts'
import { hasLlamaServers } from './known-versions.ts'

/** The variables that a server was started with; absent where its process may not be looked at. */
export type Environment = Measured<ReadonlyMap<string, string>>

const SHOWN = /^(OLLAMA|LLAMA_ARG)_(?!.*(KEY|TOKEN|SECRET|PASSWORD|AUTH))/

/** Its settings as people write them: `OLLAMA_NUM_PARALLEL=4`. None that could be a secret. */
export const settingsOf = (environment: Environment): string[] =>
  environment.state === 'absent'
    ? []
    : [...environment.value]
        .filter(([name]) => SHOWN.test(name))
        .map(([name, value]) => `${name}=${value}`)
        .sort()

/** Requests to one model that it answers at the same time; further ones wait. Its default is 1. */
export function parallelOf(environment: Environment): Measured {
  if (environment.state === 'absent') return environment
  return { state: 'measured', value: Number(environment.value.get('OLLAMA_NUM_PARALLEL')) || 1 }
}

/**
 * Why its host memory may grow without a leak, or null: the llama-servers of 0.30 and later keep earlier prompts, up to
 * 8 GiB each, unless LLAMA_ARG_CACHE_RAM=0 is in the environment that they inherit.
 */
export function promptCacheGrowth(version: string, environment: Environment): string | null {
  if (!hasLlamaServers(version)) return null
  if (environment.state === 'measured' && environment.value.get('LLAMA_ARG_CACHE_RAM') === '0') return null
  const unseen = environment.state === 'absent' ? `; whether it is cannot be seen: ${environment.reason}` : ''
  return (
    'the llama-servers that Ollama starts keep earlier prompts in host memory, up to 8192 MiB each, ' +
    `unless it is started with LLAMA_ARG_CACHE_RAM=0${unseen}`
  )
}
