import { startEngine } from '../engines/index.ts'
import type { PerfOptions } from '../options/index.ts'
import type { AttachedEngine } from './seen-engines.ts'

/** The server behind a URL, by the adapter that would measure it: it looks, and changes nothing. */
export async function attachedEngine(engineUrl: string, options: PerfOptions): Promise<AttachedEngine> {
  await using engine = await startEngine({ ...options, engineUrl })
  const models = await engine.models()
  return { identity: engine.identity, traits: engine.traits, models: models.map(({ name }) => name) }
}
