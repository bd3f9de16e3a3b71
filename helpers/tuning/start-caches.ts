import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineIdentity } from '../engines/index.ts'

/** What the starts of one row keep between them, and nobody else: empty at the first, gone with this. */
export interface StartCaches extends AsyncDisposable {
  environment: Record<string, string>
  /** A start leaves something behind that makes the next one shorter. */
  areKept: boolean
}

/**
 * vLLM keeps compiled graphs (VLLM_CACHE_ROOT): a start is cold only without them. In a container a folder of this machine
 * is not to be had, and the cache is left as it is. Other engines keep nothing, and neither does a vLLM that compiles
 * nothing (--enforce-eager).
 */
export async function startCaches({
  name,
  runsAs,
  arguments: words,
}: Pick<EngineIdentity, 'name' | 'runsAs' | 'arguments'>): Promise<StartCaches> {
  const areKept = name === 'vllm' && !words.includes('--enforce-eager')
  if (!areKept || runsAs.startsWith('container')) return { environment: {}, areKept, async [Symbol.asyncDispose]() {} }
  const folder = await mkdtemp(join(tmpdir(), 'vllm-cache-'))
  return {
    environment: { VLLM_CACHE_ROOT: folder },
    areKept,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true })
    },
  }
}
