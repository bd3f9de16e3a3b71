import type { EngineIdentity } from '../engines/engine.ts'

/** What became of an idle model that the engine may unload after a while. Plain data. */
export interface Expiry {
  /** `<plan>.<spec>`: first part of the ids of its criteria. */
  id: string
  engine: EngineIdentity
  modelName: string
  /** How long the engine was asked to keep it. */
  keepAliveMs: number
  /** Whether a look did not find it any more. */
  isGone: boolean
  /** From the end of the model's last answer to the look that did not find it, or to the last one if all did. */
  afterMs: number
  /** Looks at the engine until then, and the longest time between two of them. */
  looks: number
  resolutionMs: number
}
