import { execFileSync } from 'node:child_process'
import { relative } from 'node:path'
import {
  appendRun,
  type BaselineComparison,
  type BaselineRead,
  type BaselineRuns,
  baselineFile,
  baselineRuns,
  compareWithBaseline,
  confirmRegression,
  type HardwareIdentity,
  type JudgedComparison,
  leaveUnconfirmed,
  minimumEffect,
  noBaseline,
  readBaseline,
  recordedDifferences,
  recordsBaselines,
  speedArguments,
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
  /** What was compared; null where nothing was. */
  compared: ComparedStarts | null
}

/** A judged comparison with the samples that it rests on: of each recorded start, oldest first, and of this run. */
export interface ComparedStarts {
  comparison: JudgedComparison
  starts: number[][]
  samples: number[]
}

/** How the reason begins where a recording was asked for and did not happen. */
export const notRecorded = 'not recorded: '

/**
 * Holds one metric of a run against its checked-in baseline, or appends it with `-u`. A regression is measured again on
 * a freshly started engine and fails only if it is there too; on an engine that is not ours to restart it stays
 * unconfirmed, which fails. A disturbed host makes it inconclusive, and is not recorded: what it measured would be held
 * against every later run.
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
  const notApplicable = (word: BaselineCheck['word'], line: string, reason = line): BaselineCheck => ({
    word,
    line,
    assessment: { ...criterion, verdict: 'not applicable', measured: null, reason },
    compared: null,
  })
  const absence = whyNoSamples(run, name)
  if (absence !== null) return notApplicable('no baseline', `${words} cannot be compared`, absence)
  const disturbance = disturbanceOf(run)
  const file = baselineFile(context.root, context.hardware.id, run.engine.name, run.model.name)
  if (recordsBaselines(context.update)) {
    if (disturbance !== null) {
      const reason = `${notRecorded}${disturbance}`
      const assessment: Assessment = { ...criterion, verdict: 'inconclusive', measured: null, reason }
      return { word: 'unknown', line: reason, assessment, compared: null }
    }
    const starts = record(run, name, file, context.hardware)
    return notApplicable(
      'recorded',
      `recorded as start ${starts} of the baseline in ${relative(context.root, file)}${notOurs(run)}`,
    )
  }
  const recorded = readBaseline(file)
  const first = compare(run, name, recorded)
  const compared = 'change' in first ? comparedStarts(run, name, recorded, first) : null
  const checked = (assessment: Assessment): BaselineCheck => ({
    word: first.verdict,
    line: first.line,
    assessment,
    compared,
  })
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
  const differences = differencesFrom(recorded, run, context.hardware)
  if (first.verdict === 'improved') {
    const line = [first.line, ...differences, 'hold it: npm run baseline -- --improved'].join(' · ')
    return checked({ ...judged, verdict: 'pass', line, reason: '' })
  }
  if (first.verdict !== 'regressed') return checked({ ...judged, verdict: 'pass', line: first.line, reason: '' })
  if (disturbance !== null)
    return checked({ ...judged, verdict: 'inconclusive', line: first.line, reason: disturbance })
  const confirmation = await confirm(run, name, recorded, first)
  return checked({
    ...judged,
    verdict: confirmation.fails ? 'fail' : 'pass',
    line: `${first.line} · ${confirmation.line}`,
    reason: '',
    advice: confirmation.fails
      ? [
          ...culprits,
          differences.length > 0
            ? `what differs from the baseline: ${differences.join(', ')}`
            : 'engine version, arguments, driver, system and kernel are those of the baseline: look at the clocks, and at what runs beside it',
          'if the change is meant, record it: npm run baseline -- --replace',
        ]
      : [],
  })
}

/** Why this run has nothing to compare, or null where it has. */
function whyNoSamples(run: BatchRun, name: BaselineMetricName): string | null {
  if (isTimedByRequest(name) && run.accounts.state === 'measured')
    return 'the Batch API tells no times of single requests'
  if (baselineSamples(run, name).length > 0) return null
  const [memory] = [run.memoryDomain, ...run.batches.map(batch => batch.memory)].filter(
    ({ state }) => state === 'absent',
  )
  if (name === 'memory') return memory?.state === 'absent' ? memory.reason : 'no memory was read'
  if (name === 'tpot') return 'there are answers of a single token, which have no time per further token'
  return 'no request was answered'
}

/** What the reader of a recording must know of an engine that was not started for it. */
const notOurs = ({ engine }: BatchRun): string =>
  engine.origin === 'attached'
    ? ' · this suite does not restart it: restart it yourself before the next recording, or the noise between its starts stays unknown'
    : ''

/** Possible causes of a change: what is recorded beside the samples, and is not the same now. */
function differencesFrom(recorded: BaselineRead, run: BatchRun, hardware: HardwareIdentity): string[] {
  return recorded.state === 'missing' ? [] : recordedDifferences(recorded.baseline, { hardware, engine: engineOf(run) })
}

async function confirm(run: BatchRun, name: BaselineMetricName, recorded: BaselineRead, first: BaselineComparison) {
  const origin = originOf(run)
  if (origin === null) return leaveUnconfirmed(first, 'the run was not measured here')
  const again = await origin.measureOnFreshStart()
  if (again.state === 'absent') return leaveUnconfirmed(first, again.reason)
  return confirmRegression(first, compare({ ...again.value, id: run.id }, name, recorded))
}

function compare(run: BatchRun, name: BaselineMetricName, recorded: BaselineRead): BaselineComparison {
  const { unit, better, kind } = baselineMetrics[name]
  const metric = `${run.id}.${name}`
  const input = {
    metric,
    unit,
    better,
    samples: baselineSamples(run, name),
    minimumEffect: minimumEffect(kind, { scale: run.model.scale }),
  }
  const found = recordedStarts(run, name, recorded)
  return found.state === 'none'
    ? noBaseline(input, found.reason)
    : compareWithBaseline({ ...input, baselineRuns: found.runs })
}

function recordedStarts(run: BatchRun, name: BaselineMetricName, recorded: BaselineRead): BaselineRuns {
  const { unit, better } = baselineMetrics[name]
  const metric = `${run.id}.${name}`
  return baselineRuns(recorded, { metric, unit, better, workload: run.workload.hash, model: modelOf(run) })
}

function comparedStarts(
  run: BatchRun,
  name: BaselineMetricName,
  recorded: BaselineRead,
  comparison: JudgedComparison,
): ComparedStarts {
  const found = recordedStarts(run, name, recorded)
  return { comparison, starts: found.state === 'found' ? found.runs : [], samples: baselineSamples(run, name) }
}

function record(run: BatchRun, name: BaselineMetricName, file: string, hardware: HardwareIdentity): number {
  const { unit, better } = baselineMetrics[name]
  return appendRun(file, {
    hardware,
    engine: engineOf(run),
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

const engineOf = ({ engine: { name, version, arguments: words } }: BatchRun) => ({
  name,
  version,
  args: speedArguments(words),
})

const modelOf = (run: BatchRun) => ({
  name: run.model.name,
  bytes: run.model.bytes || null,
  digest: null,
  quantisation: null,
  scale: run.model.scale,
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
