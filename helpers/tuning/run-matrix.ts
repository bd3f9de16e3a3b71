import type { ChosenModel } from '../fixtures/choose-model.ts'
import type { Lab } from '../lab/index.ts'
import { matrixOrder } from './matrix-order.ts'
import type { MatrixPlan } from './matrix-plan.ts'
import { RowMeasurement } from './row-measurement.ts'
import type { TuningRun } from './tuning-run.ts'
import { tuningRunOf } from './tuning-run-of.ts'

/**
 * Plan 004's matrix: every row on engines of its own, started afresh, in an order drawn by the seed, the baseline first and
 * last. A row that cannot start is told in the engine's words, and the others go on. The engine under test holds no model
 * meanwhile, and nothing is left between two rows.
 *
 * @param scale What the plan's model was divided by.
 * @returns The runs in the order in which they ran.
 */
export async function runMatrix(lab: Lab, plan: MatrixPlan, model: ChosenModel, scale: number): Promise<TuningRun[]> {
  const order = matrixOrder(plan.rows, plan.seed)
  const runs: TuningRun[] = []
  try {
    for (const [position, row] of order.entries()) {
      lab.say(`${position + 1} of ${order.length}: ${row.title}`)
      const data = await new RowMeasurement(lab, plan, model, row).run()
      runs.push(tuningRunOf({ row, position, scale }, plan, data))
    }
  } finally {
    await lab.sampler.follow({ roots: await lab.engine.processRoots(), queue: null })
  }
  return runs
}
