import { inject } from 'vitest'
import {
  type BatchConfiguration,
  configurationsFrom,
  outstandingOf,
  type Scaling as Sizes,
  scaled,
} from '../../helpers/configurations/index.ts'

/** What a profile makes of the plan's configurations. */
export interface OverHttpSizes extends Sizes {
  /** Of a large model, whose requests take many times as long. */
  largeModelSamples: number
  /** Requests that the engine works on together; the others that are outstanding wait. */
  slots: number
}

export interface OverHttpPlan extends OverHttpSizes {
  configurations: readonly BatchConfiguration[]
  /** Plan 002's promise: so many requests. */
  slaRequests: number
  slaWindowMs: number
}

/** The template of a chat takes some tokens too. */
const TEMPLATE_TOKENS = 64

/** The configurations of the run: the user's own, or plan 002's. */
export const plannedConfigurations = (): BatchConfiguration[] =>
  configurationsFrom(inject('perf').options.configurations)

/** Fewer batches make no interval. */
const LEAST_BATCHES = 5

/** As many requests as the profile wants, or as make an interval; never more than planned. */
export function sizedConfiguration(planned: BatchConfiguration, sizes: OverHttpSizes): BatchConfiguration {
  const wanted = planned.category === 'large model' ? sizes.largeModelSamples : sizes.samples
  const { batchSize } = scaled(planned, sizes).inference
  return scaled(planned, { ...sizes, samples: Math.max(wanted, LEAST_BATCHES * batchSize) })
}

export const slotsFor = (configuration: BatchConfiguration, { slots }: OverHttpSizes): number =>
  Math.min(outstandingOf(configuration), slots)

/** Of one request. */
export const contextFor = ({ data, inference }: BatchConfiguration): number =>
  data.promptTokens + inference.maxTokens + TEMPLATE_TOKENS
