import { execFileSync } from 'node:child_process'
import { relative } from 'node:path'
import {
  appendRun,
  type BaselineComparison,
  baselineFile,
  baselineRuns,
  compareWithBaseline,
  confirmRegression,
  type HardwareIdentity,
  leaveUnconfirmed,
  minimumEffect,
  noBaseline,
  readBaseline,
  recordsBaselines,
  type UpdateMode,
} from '../baselines/index.ts'
import { type Assessment, criterionOf, disturbanceOf, type JudgedAssessment } from '../verdicts/index.ts'
import { type BaselineMetricName, baselineMetrics, baselineSamples } from './baseline-samples.ts'
import type { BatchRun } from './batch-run.ts'
import { originOf } from './fresh-start.ts'

export interface BaselineContext {
  /** Root of the project: the files lie in its `baselines/`. */
  root: string
  update: UpdateMode
  hardware: HardwareIdentity
}

/** One metric held against its baseline: in the baseline's words, and as a criterion. */
export interface BaselineCheck {
  word: BaselineComparison['verdict'] | 'recorded'
  line: string
  assessment: Assessment
}

/**
 * Holds one metric of a run against its checked-in baseline, or appends it with `-u`. A regression is measured again on
 * a freshly started engine and fails only if it is there too; on an engine that is not ours to restart it stays
 * unconfirmed, which fails. A disturbed host makes it inconclusive.
 *
 * @throws BadInputError when the baseline file cannot be read.
 */
export async function checkBaseline(
  run: BatchRun,
  name: BaselineMetricName,
  context: BaselineContext,
): Promise<BaselineCheck> {
  const { words } = baselineMetrics[name]
  const { culprits, ...named } = criterionOf(run, `baseline-${name}`, `${words} matches its baseline`)
  const criterion = { ...named, advice: [] }
  if (isTimedByRequest(name) && run.accounts.state === 'measured') {
    const line = `${words} cannot be compared`
    const reason = 'the Batch API tells no times of single requests'
    return {
      word: 'no baseline',
      line,
      assessment: { ...criterion, verdict: 'not applicable', measured: null, reason },
    }
  }
  const file = baselineFile(context.root, context.hardware.id, run.engine.name, run.model.name)
  if (recordsBaselines(context.update)) {
    const starts = record(run, name, file, context.hardware)
    const line = `recorded as start ${starts} of the baseline in ${relative(context.root, file)}`
    return {
      word: 'recorded',
      line,
      assessment: { ...criterion, verdict: 'not applicable', measured: null, reason: line },
    }
  }
  const first = compare(run, name, file)
  const checked = (assessment: Assessment): BaselineCheck => ({ word: first.verdict, line: first.line, assessment })
  if (!('change' in first)) {
    const verdict = first.verdict === 'unknown' ? 'inconclusive' : 'not applicable'
    const reason = `${first.line} · ${first.reason}`.replaceAll(`${context.root}/`, '')
    return checked({ ...criterion, verdict, measured: null, reason })
  }
  const judged: Omit<JudgedAssessment, 'verdict' | 'line' | 'reason'> = {
    ...criterion,
    measured: { value: first.change, interval: first.interval },
    limit: first.noise,
    unit: 'ratio',
    n: first.n,
  }
  if (first.verdict !== 'regressed') return checked({ ...judged, verdict: 'pass', line: first.line, reason: '' })
  const disturbance = disturbanceOf(run)
  if (disturbance !== null)
    return checked({ ...judged, verdict: 'inconclusive', line: first.line, reason: disturbance })
  const confirmation = await confirm(run, name, file, first)
  return checked({
    ...judged,
    verdict: confirmation.fails ? 'fail' : 'pass',
    line: `${first.line} · ${confirmation.line}`,
    reason: '',
    advice: confirmation.fails
      ? [
          ...culprits,
          'compare engine version, arguments and clocks with those in the baseline file',
          `accept the change with: npx vitest run perf/ -u`,
        ]
      : [],
  })
}

async function confirm(run: BatchRun, name: BaselineMetricName, file: string, first: BaselineComparison) {
  const origin = originOf(run)
  if (origin === null) return leaveUnconfirmed(first, 'the run was not measured here')
  const again = await origin.measureOnFreshStart()
  if (again.state === 'absent') return leaveUnconfirmed(first, again.reason)
  return confirmRegression(first, compare({ ...again.value, id: run.id }, name, file))
}

function compare(run: BatchRun, name: BaselineMetricName, file: string): BaselineComparison {
  const { unit, better, kind } = baselineMetrics[name]
  const metric = `${run.id}.${name}`
  const input = {
    metric,
    unit,
    better,
    samples: baselineSamples(run, name),
    minimumEffect: minimumEffect(kind, { scale: run.model.scale }),
  }
  const found = baselineRuns(readBaseline(file), {
    metric,
    unit,
    better,
    workload: run.workload.hash,
    model: modelOf(run),
  })
  return found.state === 'none'
    ? noBaseline(input, found.reason)
    : compareWithBaseline({ ...input, baselineRuns: found.runs })
}

function record(run: BatchRun, name: BaselineMetricName, file: string, hardware: HardwareIdentity): number {
  const { unit, better } = baselineMetrics[name]
  return appendRun(file, {
    hardware,
    engine: { name: run.engine.name, version: run.engine.version, args: run.engine.arguments },
    model: modelOf(run),
    metric: `${run.id}.${name}`,
    unit,
    better,
    workload: run.workload.hash,
    at: originOf(run)?.engineStartedAt ?? new Date(),
    commit: currentCommit(),
    samples: baselineSamples(run, name),
  }).starts
}

const modelOf = (run: BatchRun) => ({
  name: run.model.name,
  bytes: run.model.bytes || null,
  digest: null,
  quantisation: null,
})

function currentCommit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    // Not a git checkout: the baseline says so by having no commit.
    return null
  }
}

const isTimedByRequest = (name: BaselineMetricName): boolean => name === 'ttft' || name === 'tpot'
