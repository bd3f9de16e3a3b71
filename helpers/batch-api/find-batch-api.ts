import { BadInputError } from '../errors.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { BatchApi, BatchApiError } from './batch-api.ts'

export interface BatchApiSearch {
  /** PERF_BATCH_URL; null: the engine itself is asked. */
  batchUrl: string | null
  engineUrl: string
  headers?: Record<string, string>
}

/**
 * The Batch API in front of an engine. Absent where the engine has none and none is named.
 *
 * @throws BadInputError when the server that was named has none; BatchApiError when it does not answer.
 */
export async function findBatchApi({ batchUrl, engineUrl, headers = {} }: BatchApiSearch): Promise<Measured<BatchApi>> {
  const api = new BatchApi({ url: batchUrl ?? engineUrl, headers })
  try {
    await api.inFlight()
    return measured(api)
  } catch (error) {
    if (!(error instanceof BatchApiError)) throw error
    const hasNone = error.status === 404 || error.status === 405 || error.status === 501 || error.status === 200
    if (!hasNone) throw error
    if (batchUrl !== null)
      throw new BadInputError(
        `PERF_BATCH_URL is ${batchUrl}, which has no /v1/batches (${error.message}) Give the URL of a server of the ` +
          'OpenAI Batch API, or leave it out.',
        { cause: error },
      )
    return absent(`the engine has no /v1/batches; PERF_BATCH_URL names a server in front of it that has`)
  }
}
