import type { Engine } from '../engines/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { processTree } from '../processes/index.ts'
import { readProcessStat } from '../processes/process-stat.ts'

/** How much each of several models has done, told by the models themselves and not by who asked them. */
export interface WorkMeter {
  /** Exact tokens of the model's own counter; or ticks of its process's CPU time, where nothing is counted. */
  unit: 'tokens' | 'CPU ticks'
  /** Since the model was loaded, by its name. A model that cannot be read is absent with the reason. */
  read(): Promise<Map<string, Measured>>
}

/**
 * By token counters where all of these loaded models have one, else by the CPU time of their processes; absent where
 * neither tells one model from another.
 */
export async function workMeter(engine: Engine, names: readonly string[]): Promise<Measured<WorkMeter>> {
  const reasons: string[] = []
  for (const { unit, of } of sources) {
    const read = async () =>
      new Map(await Promise.all(names.map(async name => [name, await of(engine, name)] as const)))
    const missing = (await read()).values().find(value => value.state === 'absent')
    if (missing === undefined) return measured({ unit, read })
    reasons.push(missing.state === 'absent' ? missing.reason : '')
  }
  return absent(`nothing tells what each model has done: ${reasons.join('; ')}`)
}

/** What each model has done between two readings; absent with the first reason of either. */
export function workBetween(
  before: Map<string, Measured>,
  after: Map<string, Measured>,
): Measured<Map<string, number>> {
  const done = new Map<string, number>()
  for (const [name, from] of before) {
    const to = after.get(name) ?? absent(`${name} was not read again`)
    if (from.state === 'absent') return from
    if (to.state === 'absent') return to
    done.set(name, to.value - from.value)
  }
  return measured(done)
}

const sources: readonly { unit: WorkMeter['unit']; of(engine: Engine, name: string): Promise<Measured> }[] = [
  { unit: 'tokens', of: tokensOf },
  { unit: 'CPU ticks', of: cpuTicksOf },
]

async function tokensOf(engine: Engine, name: string): Promise<Measured> {
  const residency = await engine.residency(name)
  return residency.state === 'loaded' ? residency.generatedTokens : absent(residency.detail)
}

async function cpuTicksOf(engine: Engine, name: string): Promise<Measured> {
  const found = await engine.modelProcess(name)
  if (found.state === 'absent') return found
  if (found.value.isShared) return absent(`${engine.identity.name} holds all its models in one process`)
  let ticks = 0
  for (const pid of processTree(found.value.pid)) {
    const stat = readProcessStat(pid)
    if (stat.state === 'absent') return stat
    ticks += stat.value.userTicks + stat.value.systemTicks
  }
  return measured(ticks)
}
