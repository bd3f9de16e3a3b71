import type { BatchRun } from '../batches/batch-run.ts'
import type { Residency } from '../engines/engine.ts'
import type { Assessment } from './assessment.ts'
import { criterionOf, judge, unjudged } from './judge.ts'

/** A first token that comes this much later than usual is a reload, if a load takes about that long. */
const SHARE_OF_LOAD = 0.5
const LEAST_DELAY_MS = 1000

/**
 * Did the model stay loaded from the first to the last batch? Independent signals, each where the engine gives it: it is
 * in the engine's list, the instance that serves it is the same, its token counter never falls, the log tells of no
 * further load, no batch starts with a pause like a load, and the engine itself reports no load for a batch's first
 * requests.
 */
export function judgeResidency(run: BatchRun): Assessment {
  const criterion = criterionOf(run, 'stays-loaded', 'the model stays loaded between batches')
  const sightings = run.batches.flatMap(batch => [batch.residency.before, batch.residency.after])
  const signals = signalsOf(run)
  if (signals.length === 0)
    return unjudged(
      criterion,
      'not applicable',
      'this engine tells neither which process serves the model, nor what it has served, nor how long a load takes',
    )
  const reloads = [...reloadsSeen(sightings), ...delaysSeen(run), ...loadsReported(run)]
  return judge(criterion, {
    measured: { value: reloads.length, interval: null },
    limit: 0,
    allowed: 'at most',
    unit: 'count',
    n: sightings.length,
    details: [reloads.length === 0 ? `no reload seen by ${signals.join(', ')}` : reloads.join('; ')],
    advice: ["look at keep-alive settings, at eviction by other models and at the engine's log"],
  })
}

function signalsOf(run: BatchRun): string[] {
  const loaded = run.batches
    .flatMap(batch => [batch.residency.before, batch.residency.after])
    .filter(r => r.state === 'loaded')
  const signals: string[] = []
  if (loaded.some(r => r.instance.state === 'measured')) signals.push('process')
  if (loaded.some(r => r.generatedTokens.state === 'measured')) signals.push('token counter')
  if (loaded.some(r => r.loads.state === 'measured')) signals.push('log of loads')
  if (run.batches.some(batch => batch.engineLoadMs.state === 'measured')) signals.push('reported load time')
  if (run.loadMs.state === 'measured' && run.batches.some(batch => batch.startDelayMs.state === 'measured'))
    signals.push('start delay')
  return signals
}

/** Sightings alternate: before and after batch 1, before and after batch 2, … */
function reloadsSeen(sightings: Residency[]): string[] {
  return sightings.flatMap((now, i) => {
    const when = `${i % 2 === 0 ? 'before' : 'after'} batch ${Math.floor(i / 2) + 1}`
    if (now.state === 'not loaded') return [`not loaded ${when} (${now.detail})`]
    const then = sightings[i - 1]
    if (then?.state !== 'loaded') return []
    if (
      then.instance.state === 'measured' &&
      now.instance.state === 'measured' &&
      then.instance.value !== now.instance.value
    )
      return [`another process serves it ${when}`]
    if (
      then.generatedTokens.state === 'measured' &&
      now.generatedTokens.state === 'measured' &&
      now.generatedTokens.value < then.generatedTokens.value
    )
      return [`its token counter fell ${when}`]
    if (then.loads.state === 'measured' && now.loads.state === 'measured' && now.loads.value > then.loads.value)
      return [`the engine's log tells of a load ${when}`]
    return []
  })
}

/** A pause or a load time that is longer than this is a reload. */
const reloadLimitMs = (loadMs: number): number => Math.max(LEAST_DELAY_MS, SHARE_OF_LOAD * loadMs)

/** The engine's own load time holds what a request waits for its place; a warm one is far below the limit. */
function loadsReported(run: BatchRun): string[] {
  const limitMs = run.loadMs.state === 'measured' ? reloadLimitMs(run.loadMs.value) : LEAST_DELAY_MS
  return run.batches.flatMap(({ index, engineLoadMs }) =>
    engineLoadMs.state === 'measured' && engineLoadMs.value > limitMs
      ? [`the engine reports a load of ${(engineLoadMs.value / 1000).toFixed(1)} s for batch ${index + 1}`]
      : [],
  )
}

function delaysSeen(run: BatchRun): string[] {
  const { loadMs } = run
  if (loadMs.state === 'absent') return []
  const limitMs = reloadLimitMs(loadMs.value)
  return run.batches.flatMap(({ index, startDelayMs }) =>
    startDelayMs.state === 'measured' && startDelayMs.value > limitMs
      ? [`batch ${index + 1} began with a pause of ${(startDelayMs.value / 1000).toFixed(1)} s`]
      : [],
  )
}
