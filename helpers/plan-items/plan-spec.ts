import type { Quantisation } from '../models/index.ts'
import type { Need } from './need.ts'

export type PlanId = '000' | '001' | '002' | '003' | '004'

/** A model that a spec asks for. */
export interface PlannedModel {
  /** Of the catalogue. */
  model: string
  /** Its part in the spec, for `PERF_MODEL=role=name`. */
  role: string
  /** In which weights it is written where it is a synthetic GGUF file; 4-bit ones unless said. */
  quantisations?: readonly Quantisation[]
  /** Files with weights of their own; 1 unless said. */
  copies?: number
}

/** One spec file, and what of the plan it holds. */
export interface PlanSpec {
  plan: PlanId
  /** Its path without `perf/` and `.perf.ts`: `multi-batch/keep-alive`. */
  name: string
  /**
   * Of the whole file in the quick profile on the embedded engine, once it runs at all: from the end of the file before to
   * its own, in one whole run from a fresh clone (AMD EPYC, 2 cores, nothing else running, the hypervisor took 2 % of the
   * CPU, 5 min 56 s, models written on the way). Null where no such run was timed.
   */
  quickSeconds: number | null
  /** Without them the spec measures nothing; see the items for what needs one of them alone. */
  models: readonly PlannedModel[]
  items: readonly PlanItem[]
}

/** What runs or is skipped as a whole. */
export interface PlanItem {
  /** Stable: `001.keep-alive.expiry`. */
  id: string
  /** The row of the plan that it belongs to, in the plan's words: `4A`, `T1`, `A`. */
  row: string
  title: string
  /**
   * Ids of its criteria in results.json, `*` for any text. Where two items match an id it belongs to the one with more
   * letters before the first `*`, then to the one with more letters.
   */
  criteria: readonly string[]
  needs: readonly Need[]
  /** Of the spec's models those that this item cannot do without. All of them unless said. */
  models?: readonly string[]
}
