import { absent, type Measured, measured } from '../measured.ts'
import type { PerfOptions } from '../options/index.ts'
import { type Deadline, within } from './within.ts'

/** URL of the Batch API that a run would use: the one that is named, or the engine's own. */
export async function lookForBatchApi(
  { batchUrl, engineUrl, apiKey }: Pick<PerfOptions, 'batchUrl' | 'engineUrl' | 'apiKey'>,
  deadline: Deadline,
): Promise<Measured<string>> {
  const url = batchUrl ?? engineUrl
  if (url === null) return absent('the engine has no /v1/batches')
  const search = { batchUrl, engineUrl: url, headers: headersOf(apiKey) }
  const found = await within(deadline, `the Batch API at ${url}`, find(search))
  if (found.state === 'absent') return found
  return found.value.state === 'measured' ? measured(found.value.value.url) : found.value
}

const headersOf = (apiKey: string | null): Record<string, string> =>
  apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }

/** Loaded only where it is asked for: it brings a client of hundreds of files. */
async function find(search: { batchUrl: string | null; engineUrl: string; headers: Record<string, string> }) {
  const { findBatchApi } = await import('../batch-api/index.ts')
  return await findBatchApi(search)
}
