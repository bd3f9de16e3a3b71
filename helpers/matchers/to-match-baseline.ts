import { inject, type MatcherState, recordArtifact } from 'vitest'
import '../config/run-context.ts'
import '../reporting/artifacts.ts'
import { hardwareIdentity } from '../baselines/index.ts'
import { type BaselineMetricName, checkBaseline } from '../batches/index.ts'
import { attachChart } from '../fixtures/attach-chart.ts'
import { baselineChart } from '../reporting/index.ts'
import { batchRunOf, type MatcherResult, settle } from './settle.ts'

/** A metric of the run is no worse than its checked-in baseline; a regression is confirmed on a fresh engine first. */
export async function toMatchBaseline(
  this: MatcherState,
  received: unknown,
  metric: BaselineMetricName,
): Promise<MatcherResult> {
  const run = batchRunOf(received, 'toMatchBaseline')
  const { root, update, options, runDirectory } = inject('perf')
  const hardware = await hardwareIdentity({ override: options.hardware })
  const { word, line, assessment, compared } = await checkBaseline(run, metric, { root, update, hardware })
  if (this.task) {
    await recordArtifact(this.task, { type: 'perf:baseline', metric: `${run.id}.${metric}`, verdict: word, line })
    if (compared !== null) await attachChart(this.task, baselineChart(compared, run), runDirectory)
  }
  return settle(this, assessment)
}
