import { z } from 'zod'
import { CouldNotMeasureError } from '../../errors.ts'
import type { HttpClient } from '../http-client.ts'

/** GET /v1/models. Ollama sends null where it has none. */
const modelList = z.object({ data: z.array(z.object({ id: z.string() })).nullable() })

/**
 * Names of the models that a server lists. `transformers serve` lists what its cache holds, and not a folder that it was
 * started with.
 */
export async function listedModels(client: HttpClient): Promise<string[]> {
  const answer = await client.getJson('/v1/models')
  const parsed = modelList.safeParse(answer)
  if (parsed.success) return (parsed.data.data ?? []).map(({ id }) => id)
  throw new CouldNotMeasureError(
    `GET ${client.url}/v1/models did not answer with a list of models ({"data": [{"id": …}]}).`,
  )
}
