import { absent, type Lab, type Measured, type Observation, observe } from '../../helpers/index.ts'
import type { BenchPlan } from '../../helpers/lab/index.ts'

export interface PairStudy {
  /** Models of the pair that answered every request while the other one did. */
  answering: Observation<'count'>
  fragmentationBefore: Observation<'ratio'>
  fragmentationAfter: Observation<'ratio'>
}

/** Two instances of the 3B model at once, and what loading them does to free memory. */
export async function measurePair(
  lab: Lab,
  spec: string,
  { model: planned, bench }: { model: string; bench: BenchPlan },
): Promise<PairStudy> {
  const chosen = []
  for (const instance of [1, 2]) {
    const found = await lab.find({ model: planned, role: 'medium', instance })
    if (found.state === 'absent') return noted(lab, nothing(spec, planned, found.reason))
    chosen.push(found.value)
  }
  const size = { contextTokens: 512 + bench.promptTokens + bench.outputTokens, slots: bench.concurrency }
  const before = await lab.reading()
  const loadMs: number[] = []
  for (const model of chosen) loadMs.push((await lab.load(model, size)).loadMs)
  const after = await lab.reading()
  const benches = await Promise.all(chosen.map(model => lab.bench(model, bench)))
  for (const { name } of chosen) if (lab.engine.traits.neverUnloads === null) await lab.unload(name)

  const scale = Math.max(...chosen.map(({ scale }) => scale))
  const requests = benches.reduce((sum, { completed, failed }) => sum + completed.length + failed.length, 0)
  const [first = 0, second = 0] = loadMs
  const stalls = difference(before.metrics.allocationStalls, after.metrics.allocationStalls)
  const share = (when: 'before' | 'after', value: Measured): Observation<'ratio'> =>
    observe({
      id: `${spec}.fragmentation.${when}`,
      title: `share of free memory in pieces below 2 MiB, ${when} two ${planned} were loaded`,
      unit: 'ratio',
      value,
      scale,
    })
  const fragmentationBefore = share('before', before.metrics.memoryUnusableShare)
  const fragmentationAfter = share('after', after.metrics.memoryUnusableShare)
  const answering = observe({
    id: `${spec}.answering-together`,
    title: `instances of ${planned} that answer at once`,
    unit: 'count',
    value: benches.filter(({ completed, failed }) => failed.length === 0 && completed.length > 0).length,
    n: benches.length,
    data: `${requests} requests`,
    details: benches.flatMap(({ failed: [failure] }) => (failure ? [`${failure.failure}: ${failure.message}`] : [])),
    scale,
  })
  await lab.note(
    observe({
      id: `${spec}.second-load`,
      title: `load time of the second ${planned}, by that of the first`,
      unit: 'factor',
      value: first > 0 ? second / first : absent('the first was loaded already'),
      scale,
    }),
    observe({
      id: `${spec}.allocation-stalls`,
      title: `allocations that had to make room first while two ${planned} were loaded`,
      unit: 'count',
      value: stalls,
      scale,
    }),
  )
  return noted(lab, { answering, fragmentationBefore, fragmentationAfter })
}

async function noted(lab: Lab, study: PairStudy): Promise<PairStudy> {
  await lab.note(...Object.values(study))
  return study
}

function nothing(spec: string, planned: string, reason: string): PairStudy {
  const value = absent(reason)
  const share = (when: 'before' | 'after'): Observation<'ratio'> =>
    observe({
      id: `${spec}.fragmentation.${when}`,
      title: `fragmentation ${when} two ${planned}`,
      unit: 'ratio',
      value,
    })
  return {
    answering: observe({
      id: `${spec}.answering-together`,
      title: `instances of ${planned} that answer at once`,
      unit: 'count',
      value,
    }),
    fragmentationBefore: share('before'),
    fragmentationAfter: share('after'),
  }
}

const difference = (from: Measured, to: Measured): Measured =>
  from.state === 'absent' ? from : to.state === 'absent' ? to : { state: 'measured', value: to.value - from.value }
