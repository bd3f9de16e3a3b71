import { type DetectedEngine, detectEngine } from '../engines/detect-engine.ts'
import { usualPorts } from '../engines/usual-ports.ts'

export type RunningEngine = DetectedEngine & { url: string }

/**
 * Engines that answer on this machine's usual ports within half a second, in the order of `ports`. One that wants an API
 * key does not say which it is, and is left out.
 */
export async function findRunningEngines(
  ports: readonly number[] = usualPorts.map(({ port }) => port),
): Promise<RunningEngine[]> {
  const found = await Promise.all(
    ports.map(async port => {
      const url = `http://127.0.0.1:${port}`
      try {
        return [{ ...(await detectEngine(url, { timeoutMs: 500 })), url }]
      } catch {
        // Nothing listens there, or something that is no engine: which is the answer.
        return []
      }
    }),
  )
  return found.flat()
}
