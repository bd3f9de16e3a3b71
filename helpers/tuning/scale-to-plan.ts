import type { ChosenModel } from '../fixtures/choose-model.ts'
import { catalogue, parameterCount } from '../models/index.ts'

/** What the plan is about. */
const PLANNED = 'qwen2.5-7b'

/**
 * How many times smaller than the plan's model the measured one is, in whole times; 1 for that model, and for one that the
 * user named, which is measured for its own sake.
 */
export function scaleToPlan(
  { architecture, origin }: Pick<ChosenModel, 'architecture' | 'origin'>,
  requested: string,
): number {
  const published = (name: string): number | undefined =>
    catalogue.find(model => model.name === name)?.publishedParameters
  const ofRequested = origin === 'real' ? published(requested) : undefined
  const parameters = architecture === null ? ofRequested : parameterCount(architecture)
  const planned = published(PLANNED)
  return parameters === undefined || planned === undefined ? 1 : Math.max(1, Math.round(planned / parameters))
}
