import type { BatchRun } from '../batches/batch-run.ts'
import type { EngineIdentity } from '../engines/engine.ts'

/** One model of a study, as it was loaded last. */
export interface StudyModel extends Readonly<BatchRun['model']> {
  contextTokens: number
  slots: number
}

/** What a study of the lab was made with: where its numbers come from. Plain data. */
export interface Study {
  /** `<plan>.<spec>` */
  id: string
  engine: EngineIdentity
  /** Hardware id. */
  hardware: string
  /** In the order of their first load. */
  models: StudyModel[]
}
