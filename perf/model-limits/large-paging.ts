import { availableParallelism } from 'node:os'
import {
  absent,
  formatQuantity,
  type Lab,
  type Measured,
  type MeasuredTable,
  measured,
  type Observation,
  observe,
} from '../../helpers/index.ts'
import {
  diskKind,
  measurePaging,
  type PagingPlan,
  type PagingRecord,
  swapConfiguration,
  swapInWords,
} from '../../helpers/machine/index.ts'
import { disturbanceBetween } from '../../helpers/sampling/index.ts'
import { bootstrapInterval, median } from '../../helpers/statistics/index.ts'
import type { Estimate } from '../../helpers/verdicts/assessment.ts'
import { disturbanceInWords } from '../../helpers/verdicts/index.ts'

type Work = Omit<PagingPlan, 'swap'>

export interface PagingStudyPlan {
  /** Memory alone: what swap is worth, and when it begins. */
  swapping: Work
  /** Memory and a file, as an engine with its buffers and mapped weights: what the kernel gives up of the two. */
  mixed: Work
}

/** What was measured, and what the host did meanwhile. */
interface Paged {
  record: Measured<PagingRecord>
  disturbance: string | null
}

/** Swap as a machine may have it, from the plan's question. */
const configurations: readonly PagingPlan['swap'][] = [
  { kind: 'file', swappiness: 10 },
  { kind: 'file', swappiness: 60 },
  { kind: 'file', swappiness: 100 },
  { kind: 'zram', swappiness: 100 },
]

export interface PagingStudy {
  /** In and out. */
  throughput: Observation<'bytes/s'>
  /** The same where the swap lies on an NVMe drive, which the plan's limit is for. */
  nvmeThroughput: Observation<'bytes/s'>
  usedBeforeSwap: Observation<'ratio'>
  /** By configuration, `file-60`. */
  roundTimes: Record<string, Observation<'ms'>>
}

/**
 * OS paging, for real, by a process of ours in a memory group of its own: an engine is neither squeezed nor slowed, and
 * no memory of the machine is filled. What an engine would go through has the same kernel and the same disk.
 */
export async function measureSwap(lab: Lab, spec: string, plan: PagingStudyPlan): Promise<PagingStudy> {
  const current = swapConfiguration()
  const swappiness = current.state === 'measured' ? current.value.swappiness : 60
  const alone = await paged(lab, { ...plan.swapping, swap: { kind: 'file', swappiness } })
  const found = new Map<string, Paged>()
  for (const swap of configurations) {
    found.set(`${swap.kind}-${swap.swappiness}`, await paged(lab, { ...plan.mixed, swap }))
  }
  const named = [...found]
  const throughput = swapRate(`${spec}.swap-throughput`, 'throughput when swapping, in and out', alone)
  const study: PagingStudy = {
    throughput,
    nvmeThroughput: onNvme(throughput, `${spec}.nvme-swap-throughput`, lab.context.runDirectory),
    usedBeforeSwap: usedBeforeSwap(spec, alone.record),
    roundTimes: Object.fromEntries(named.map(([name, each]) => [name, roundTime(name, each)])),
  }
  await lab.note(
    study.throughput,
    study.usedBeforeSwap,
    ...Object.values(study.roundTimes),
    ...named.map(([name, each]) =>
      swapRate(`000.swap-configuration.swap-rate.${name}`, `swap traffic with ${name}, in and out`, each),
    ),
    patternTable(spec, alone.record),
    configurationTable(
      named.map(([name, { record }]) => [name, record]),
      current.state === 'measured' ? swapInWords(current.value) : current.reason,
    ),
  )
  return study
}

async function paged(lab: Lab, plan: PagingPlan): Promise<Paged> {
  lab.say(`swapping, ${plan.swap.kind} with swappiness ${plan.swap.swappiness}`)
  const before = await lab.reading()
  const record = await measurePaging(plan, lab.context.runDirectory)
  const after = await lab.reading()
  const disturbance = disturbanceInWords({
    ...disturbanceBetween(before, after, availableParallelism()),
    foreignSwapBytes: absent('it is what is measured'),
  })
  return { record, disturbance }
}

const BY = 'by a process of ours in a memory group of its own, not by the engine'

/** The first round brings in what the fill left out: it is a warm-up where there are others. */
const steady = ({ rounds }: PagingRecord) => (rounds.length > 1 ? rounds.slice(1) : rounds)

function swapRate(id: string, title: string, { record, disturbance }: Paged): Observation<'bytes/s'> {
  const rounds = record.state === 'measured' ? steady(record.value) : []
  const traffic = rounds.reduce((sum, { swapInBytes, swapOutBytes }) => sum + swapInBytes + swapOutBytes, 0)
  const rates = rounds.map(({ ms, swapInBytes, swapOutBytes }) => (1000 * (swapInBytes + swapOutBytes)) / ms)
  const value = record.state === 'absent' ? record : traffic === 0 ? absent('nothing was swapped') : medianOf(rates)
  return observe({
    id,
    title,
    unit: 'bytes/s',
    value,
    n: rounds.length,
    data: `${rounds.length} rounds`,
    details: record.state === 'measured' ? [workInWords(record.value), BY] : [],
    spoiledBy: disturbance,
  })
}

function onNvme(throughput: Observation<'bytes/s'>, id: string, directory: string): Observation<'bytes/s'> {
  const { measured: found } = throughput
  const disk = diskKind(directory)
  if (found.state === 'absent' || (disk.state === 'measured' && disk.value.isNvme)) return { ...throughput, id }
  const where = disk.state === 'measured' ? `the swap file lies on ${disk.value.device}` : disk.reason
  const seen = `${formatQuantity(found.value.value, 'bytes/s')} here`
  return observe({ ...throughput, id, value: absent(`the plan's limit is for an NVMe drive, and ${where}: ${seen}`) })
}

const usedBeforeSwap = (spec: string, record: Measured<PagingRecord>): Observation<'ratio'> =>
  observe({
    id: `${spec}.used-before-swap`,
    title: 'share of the memory that may be used, in use when swapping began',
    unit: 'ratio',
    value:
      record.state === 'absent'
        ? record
        : record.value.usedShareAtFirstSwap === null
          ? absent('nothing was swapped')
          : record.value.usedShareAtFirstSwap,
    details: record.state === 'measured' ? [workInWords(record.value), BY] : [],
  })

const roundTime = (name: string, { record, disturbance }: Paged): Observation<'ms'> =>
  observe({
    id: `000.swap-configuration.round-time.${name}`,
    title: `one pass over memory and file with ${name}`,
    unit: 'ms',
    value: record.state === 'absent' ? record : medianOf(steady(record.value).map(({ ms }) => ms)),
    n: record.state === 'measured' ? steady(record.value).length : 0,
    data: record.state === 'measured' ? `${steady(record.value).length} rounds` : '',
    details: record.state === 'measured' ? [workInWords(record.value), BY] : [],
    spoiledBy: disturbance,
  })

/** Fewer values have no interval worth the name. */
const LEAST_ROUNDS = 5

function medianOf(values: readonly number[]): Measured<Estimate> {
  if (values.length === 0) return absent('no round was finished')
  const interval = values.length < LEAST_ROUNDS ? null : bootstrapInterval(values, median, { seed: 1 })
  return measured({ value: median(values), interval })
}

function workInWords({ plan }: PagingRecord): string {
  const show = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`
  const file = plan.fileBytes > 0 ? ` and a file of ${show(plan.fileBytes)}` : ''
  return `${show(plan.anonymousBytes)} of memory${file} in ${show(plan.limitBytes)}`
}

function patternTable(spec: string, record: Measured<PagingRecord>): MeasuredTable {
  const rounds = record.state === 'measured' ? record.value.rounds : []
  return {
    id: `${spec}.swap-pattern`,
    title: 'Swap pattern: reading more memory than may be used, round and round',
    columns: ['round', 'time', 'in', 'out'],
    rows: rounds.map(({ ms, swapInBytes, swapOutBytes }, index) => [
      String(index + 1),
      formatQuantity(ms, 'ms'),
      formatQuantity(swapInBytes, 'bytes'),
      formatQuantity(swapOutBytes, 'bytes'),
    ]),
    notes: record.state === 'measured' ? [workInWords(record.value), BY] : [record.reason],
  }
}

function configurationTable(
  found: readonly (readonly [name: string, record: Measured<PagingRecord>])[],
  current: string,
): MeasuredTable {
  const reasons = found.flatMap(([name, record]) => (record.state === 'absent' ? [`${name}: ${record.reason}`] : []))
  const [work] = found.flatMap(([, record]) => (record.state === 'measured' ? [workInWords(record.value)] : []))
  return {
    id: '000.swap-configuration.table',
    title: 'Swap configurations',
    columns: ['swap', 'swappiness', 'a round', 'in a round', 'out a round'],
    rows: found.flatMap(([, record]) => {
      if (record.state === 'absent') return []
      const rounds = steady(record.value)
      const { kind, swappiness } = record.value.plan.swap
      const middle = (of: (round: (typeof rounds)[number]) => number, unit: 'ms' | 'bytes'): string =>
        rounds.length === 0 ? '–' : formatQuantity(median(rounds.map(of)), unit)
      return [
        [
          kind,
          String(swappiness),
          middle(({ ms }) => ms, 'ms'),
          middle(({ swapInBytes }) => swapInBytes, 'bytes'),
          middle(({ swapOutBytes }) => swapOutBytes, 'bytes'),
        ],
      ]
    }),
    notes: [`this machine: ${current}`, ...(work ? [work, BY] : []), ...reasons],
  }
}
