import { CouldNotMeasureError } from '../../errors.ts'
import type { HttpClient } from '../http-client.ts'
import { progressLine, readAnswer } from './routes.ts'

/**
 * Has Ollama fetch a model from its registry. A line of progress for each per cent: `pulling 3f8eb4da87fa: 12 %`.
 *
 * @throws EngineAnswerError with what the registry or the network said.
 */
export async function pullModel(
  client: HttpClient,
  name: string,
  { signal, onProgress }: { signal?: AbortSignal; onProgress(line: string): void },
): Promise<void> {
  const from = `${client.url}/api/pull`
  let last = ''
  let told = ''
  const read = (line: unknown): void => {
    const { status, total, completed = 0 } = readAnswer(progressLine, line, from)
    last = status
    const text = total === undefined ? status : `${status}: ${Math.floor((100 * completed) / total)} %`
    if (text !== told) onProgress(text)
    told = text
  }
  await client.postLines('/api/pull', { model: name }, read, { signal })
  if (last !== 'success') throw new CouldNotMeasureError(`POST ${from} ended without success, after "${last}"`)
}
