import { absent, type Measured, measured } from '../measured.ts'
import type { TuningRow } from './tuning-row.ts'
import type { TuningRun } from './tuning-run.ts'

const SIZE_FLAG = /^--kv[-_]offloading[-_]size$/

/** GiB of the KV cache that a row keeps in host memory; null for none. */
export function offloadGib({ change }: TuningRow): number | null {
  const at = change.arguments.findIndex(word => SIZE_FLAG.test(word))
  const gib = Number(change.arguments[at + 1])
  return at < 0 || !Number.isFinite(gib) ? null : gib
}

/**
 * Of rows that differ in nothing but how much of the KV cache they keep in host memory, the one with the most T3 tokens a
 * second. Absent where no such row has a number, with what the engine said of the first, or that there is none.
 */
export function bestOffload(runs: readonly TuningRun[]): Measured<{ gib: number; run: TuningRun }> {
  const sizes = sameButForSize(runs.filter(({ row }) => offloadGib(row) !== null))
  const [first] = sizes
  if (!first) return absent('no row of this engine keeps KV cache in host memory; vLLM has such rows')
  const rate = ({ throughput: { measured: found } }: TuningRun): number =>
    found.state === 'measured' ? found.value.value : Number.NaN
  const [best] = sizes.filter(run => !Number.isNaN(rate(run))).toSorted((a, b) => rate(b) - rate(a))
  if (best) return measured({ gib: offloadGib(best.row) ?? 0, run: best })
  return first.throughput.measured.state === 'absent' ? first.throughput.measured : absent('none has a number')
}

/** The largest set of rows that have all else in common. */
function sameButForSize(runs: readonly TuningRun[]): TuningRun[] {
  const rest = ({ row: { change } }: TuningRun): string =>
    JSON.stringify({
      ...change,
      arguments: change.arguments.filter((_, index, all) => !SIZE_FLAG.test(all[index - 1] ?? '')),
    })
  return [...Map.groupBy(runs, rest).values()].toSorted((a, b) => b.length - a.length)[0] ?? []
}
