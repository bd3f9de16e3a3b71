import { absent } from '../../measured.ts'
import { processEnvironment } from '../../processes/index.ts'
import type { ServerHost } from '../hosts/index.ts'
import type { HttpClient } from '../http-client.ts'
import type { LoadCount } from './load-count.ts'
import { readAnswer, versionAnswer } from './routes.ts'
import type { Environment } from './server-settings.ts'

/** A running server, with all that is known of it before a model is loaded. */
export interface OllamaServer {
  version: string
  client: HttpClient
  host: ServerHost
  environment: Environment
  /** Of its log; null where the log cannot be had. */
  loads: LoadCount | null
}

/**
 * @param setByUs What we started it with, for the case that its process may not be looked at.
 * @throws EngineAnswerError, CouldNotMeasureError when it is not Ollama that answers.
 */
export async function lookAtServer(
  { client, host, loads }: Pick<OllamaServer, 'client' | 'host' | 'loads'>,
  setByUs: Record<string, string> = {},
): Promise<OllamaServer> {
  const { version } = readAnswer(versionAnswer, await client.getJson('/api/version'), `${client.url}/api/version`)
  const root = await host.rootPid()
  const seen = root.state === 'absent' ? root : processEnvironment(root.value)
  const known = new Map(Object.entries(setByUs))
  const environment: Environment =
    seen.state === 'measured' || known.size === 0 ? seen : { state: 'measured', value: known }
  // A process without variables is one whose variables are not shown: another user's, or a zombie's.
  const isEmpty = environment.state === 'measured' && environment.value.size === 0
  return { version, client, host, loads, environment: isEmpty ? absent('its process shows no variables') : environment }
}
