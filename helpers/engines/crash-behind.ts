import { setTimeout as wait } from 'node:timers/promises'
import { EngineCrashedError } from '../errors.ts'
import type { Engine } from './engine.ts'

/** How long the end of a process or container may take to be noticed. */
const DEATH_NOTICE_MS = 2000

/**
 * The crash that explains an error, or null where the engine lives and answers: an engine that answered and does no
 * longer has crashed, whichever question it was that first failed. Takes up to 2 s.
 */
export async function crashBehind(error: unknown, engine: Engine): Promise<EngineCrashedError | null> {
  if (error instanceof EngineCrashedError) return null
  // Its end may be noticed a moment later than the connection that broke.
  const death = await Promise.race([engine.died, wait(DEATH_NOTICE_MS, null, { ref: false })])
  if (death !== null) return new EngineCrashedError(death.message, { cause: error })
  try {
    await engine.models()
    return null
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause)
    return new EngineCrashedError(`The engine at ${engine.identity.url} no longer answers: ${text}`, { cause: error })
  }
}
