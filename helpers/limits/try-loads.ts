import { type Cage, type OomCounts, oomCounts, oomVerdict, openCage, type ProcessEnd } from '../cage/index.ts'
import { type EmbeddedEngineOptions, type Engine, startEmbeddedEngine } from '../engines/index.ts'
import { PerfError } from '../errors.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { processTree } from '../processes/index.ts'
import { readText } from '../processes/proc-file.ts'
import { kibibytes } from '../processes/process-memory.ts'
import { formatQuantity } from '../units.ts'
import { type LoadTrial, loadAndAsk, TrialHungError } from './load-and-ask.ts'
import { machineMemory, requireRoom } from './machine-budget.ts'
import type { TrialOutcome } from './trial-row.ts'

export interface TrialEnd {
  outcome: Exclude<TrialOutcome, 'not tried'>
  /** Models that were loaded and had answered when it ended. */
  standing: number
  /** What was taken when the first of them had answered, the first two, … */
  standingBytes: Measured[]
  /** What is taken at the end; absent where something was killed. */
  realBytes: Measured
  detail: string
}

/**
 * Loads the models into an embedded engine of its own, in a memory cage: what does not fit is killed there, and nothing
 * else is. Absent, with the reason, where there can be no cage on this machine.
 *
 * What counts is what the kernel cannot have back without ending a process, of the processes that serve the models; the
 * engine's server was started before, and is not counted.
 *
 * @throws CouldNotMeasureError when the limit is more than this machine can give without danger.
 */
export async function tryInCage(
  trial: LoadTrial,
  engineOptions: EmbeddedEngineOptions = {},
): Promise<Measured<TrialEnd>> {
  requireRoomFor(trial.limitBytes)
  const opened = openCage({ limitBytes: trial.limitBytes })
  if (opened.state === 'absent') return opened
  await using cage = opened.value
  await using engine = await startEmbeddedEngine({ ...engineOptions, ...(trial.signal && { signal: trial.signal }) })
  const roots = await engine.processRoots()
  if (roots.state === 'absent') return roots
  for (const pid of roots.value) cage.add(pid)
  const watch: Watch = {
    before: () => {},
    counts: () => oomCounts(cage),
    taken: async () => heldBytes(cage),
    isOver: () => false,
  }
  return measured(await loadAll(engine, trial, watch))
}

/**
 * Loads the models into a running engine that nothing limits, and holds what they take against the budget: it ends as
 * `over budget` there. The engine's own refusals and deaths are told as in the cage. All of it is unloaded at the end.
 *
 * @throws CouldNotMeasureError when the rest of the budget is more than this machine can give without danger: asked
 * before each load.
 */
export async function tryWithinBudget(engine: Engine, trial: LoadTrial): Promise<TrialEnd> {
  const names = new Set<string>()
  const watch: Watch = {
    before: (name, takenBytes) => {
      requireRoomFor(trial.limitBytes - takenBytes)
      names.add(name)
    },
    counts: () => oomCounts(null),
    taken: () => residentBytes(engine, [...names]),
    isOver: bytes => bytes > trial.limitBytes,
  }
  try {
    return await loadAll(engine, trial, watch)
  } finally {
    await unloadAll(engine, [...names])
  }
}

/** What differs between the ways to try. */
interface Watch {
  before(modelName: string, takenBytes: number): void
  counts(): OomCounts
  taken(): Promise<Measured>
  isOver(bytes: number): boolean
}

async function loadAll(engine: Engine, trial: LoadTrial, watch: Watch): Promise<TrialEnd> {
  const before = watch.counts()
  const limit = formatQuantity(trial.limitBytes, 'bytes')
  const standingBytes: Measured[] = []
  const ended = (outcome: TrialEnd['outcome'], detail: string, realBytes: Measured): TrialEnd => ({
    outcome,
    standing: standingBytes.length,
    standingBytes,
    realBytes,
    detail,
  })
  let taken: Measured = measured(0)
  for (const model of trial.models) {
    watch.before(model.name, taken.state === 'measured' ? taken.value : 0)
    const { outcome, detail, processEnd } = await attempt(() => loadAndAsk(engine, model, trial))
    const verdict = oomVerdict(before, watch.counts(), processEnd)
    // Whoever was the largest was ended, which need not be the one that was loaded.
    if (verdict === 'killed for want of memory') return ended('killed', '', absent('a process was killed'))
    if (verdict !== 'not killed') return ended('refused', verdict, absent('a process was killed'))
    taken = await watch.taken()
    if (outcome !== 'fitted') return ended(outcome, detail, taken)
    if (taken.state === 'measured' && watch.isOver(taken.value))
      return ended('over budget', `${formatQuantity(taken.value, 'bytes')} of ${limit}, by measurement`, taken)
    standingBytes.push(taken)
  }
  return ended('fitted', '', taken)
}

function requireRoomFor(bytes: number): void {
  const memory = machineMemory()
  if (memory.state === 'measured') requireRoom(bytes, memory.value)
}

/** Pages of files are left out: they can be dropped. */
function heldBytes(cage: Cage): Measured {
  const use = cage.use()
  return use.state === 'absent' ? use : measured(use.value.heldBytes)
}

/** As in the cage: what the processes that serve the models hold of their own, pages of files left out. */
async function residentBytes(engine: Engine, names: readonly string[]): Promise<Measured> {
  let sum = 0
  for (const name of names) {
    const found = await engine.modelProcess(name)
    if (found.state === 'absent') return found
    if (found.value.isShared) return absent(`${engine.identity.name} holds all its models in one process`)
    for (const pid of processTree(found.value.pid)) {
      const path = `/proc/${pid}/smaps_rollup`
      const text = readText(path)
      if (text.state === 'absent') return text
      const anonymous = kibibytes(text.value, 'Anonymous')
      if (anonymous === undefined) return absent(`${path} does not tell what is anonymous`)
      sum += anonymous
    }
  }
  return measured(sum)
}

async function unloadAll(engine: Engine, names: readonly string[]): Promise<void> {
  const there = new Set((await engine.models()).filter(({ status }) => status === 'loaded').map(({ name }) => name))
  for (const name of names) if (there.has(name)) await engine.unload(name)
}

interface Attempt {
  outcome: 'fitted' | 'refused' | 'hung'
  detail: string
  processEnd: ProcessEnd | null
}

async function attempt(task: () => Promise<void>): Promise<Attempt> {
  try {
    await task()
    return { outcome: 'fitted', detail: '', processEnd: null }
  } catch (error) {
    if (!(error instanceof PerfError)) throw error
    const [detail = ''] = error.message.split('\n')
    const hung = error instanceof TrialHungError
    return { outcome: hung ? 'hung' : 'refused', detail, processEnd: processEndIn(detail) }
  }
}

/** How a process ended, in an engine's words: `exit code 137`, `SIGKILL`. */
function processEndIn(text: string): ProcessEnd | null {
  const code = /exit code (\d+)/.exec(text)?.[1]
  if (code !== undefined) return { exitCode: Number(code) }
  return text.includes('SIGKILL') ? { exitCode: 137 } : null
}
