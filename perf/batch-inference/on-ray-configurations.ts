import { inject } from 'vitest'
import {
  type BatchConfiguration,
  configurationsFrom,
  matrixOf,
  type Scaling,
  scaled,
} from '../../helpers/configurations/index.ts'

/** What a profile makes of the configurations. */
export interface OnRayPlan extends Scaling {
  configurations: readonly BatchConfiguration[]
  /** Requests of a large model, which take many times as long. */
  largeModelSamples: number
}

/** All of the user's own; of the plan's file its eleven: each is an engine's start more, and the others vary these. */
export function configurationsOnRay(): BatchConfiguration[] {
  const { configurations: file } = inject('perf').options
  const all = configurationsFrom(file)
  return file === null ? matrixOf(all) : all
}

export function sizedFor(planned: BatchConfiguration, { largeModelSamples, ...plan }: OnRayPlan): BatchConfiguration {
  const samples = planned.category === 'large model' ? largeModelSamples : plan.samples
  return scaled(planned, { ...plan, samples })
}
