import type { Lab } from '../../helpers/index.ts'
import type { BenchPlan } from '../../helpers/lab/index.ts'
import { type LoadTimeStudy, measureLoadTimes } from './large-load-times.ts'
import { measureSwap, type PagingStudy, type PagingStudyPlan } from './large-paging.ts'
import { measurePair, type PairStudy } from './large-pair.ts'
import { measureUnderPressure, type PressurePlan, type PressureStudy } from './large-pressure.ts'

const SPEC = '000.large-models'

export interface LargeModelsPlan {
  /** Loaded one after the other, from small to large. */
  sizes: readonly string[]
  /** Loaded twice at once. */
  pair: string
  /** Asked with and without memory pressure. */
  pressed: string
  bench: BenchPlan
  take: PressurePlan['take']
  paging: PagingStudyPlan
}

export interface LargeModels {
  loads: LoadTimeStudy
  pair: PairStudy
  pressure: PressureStudy
  paging: PagingStudy
}

export async function measureLargeModels(lab: Lab, plan: LargeModelsPlan): Promise<LargeModels> {
  const { bench, take, paging } = plan
  const size = { contextTokens: 512 + bench.promptTokens + bench.outputTokens, slots: bench.concurrency }
  return {
    loads: await measureLoadTimes(lab, SPEC, { models: plan.sizes, size }),
    pair: await measurePair(lab, SPEC, { model: plan.pair, bench }),
    pressure: await measureUnderPressure(lab, SPEC, { model: plan.pressed, bench, take }),
    paging: await measureSwap(lab, SPEC, paging),
  }
}
