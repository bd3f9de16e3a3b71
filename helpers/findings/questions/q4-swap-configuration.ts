import { formatQuantity } from '../../units.ts'
import type { Evidence, Question } from '../question.ts'

type Metric = ReturnType<Evidence['metrics']>[number]

const ROUND = '000.swap-configuration.round-time.'
const RATE = '000.swap-configuration.swap-rate.'
const COMMAND = 'npx vitest run perf/model-limits/large-models'

/** Which swap makes a pass over more memory than there is shortest. */
export const q4: Question = {
  id: 'Q4',
  question: 'What is the best swap configuration?',
  answer(evidence) {
    const [best, ...others] = evidence.metrics(ROUND).toSorted((a, b) => a.value - b.value)
    if (!best || others.length === 0) {
      const reason = evidence.reason(`${ROUND}file-60`)
      const run = `a run as root on a machine whose swap may be set: ${COMMAND}`
      return { state: 'open', needs: reason === null ? run : `${run} (here: ${reason})` }
    }
    const equals = others.filter(other => !isClearlyFaster(best, other))
    const rate = evidence.metric(`${RATE}${nameOf(best)}`)
    const verdict =
      equals.length === 0
        ? `${inWords(best)} was best`
        : `${inWords(best)} was fastest, not clearly faster than ${equals.map(inWords).join(', ')}`
    const traffic = rate ? `, with ${formatQuantity(rate.value, 'bytes/s')} of swap traffic` : ''
    const rest = others.map(other => `${inWords(other)} ${timeOf(other)}`).join(', ')
    return {
      state: 'answered',
      answer: `Here ${verdict}: ${timeOf(best)} for a pass over more memory than there is${traffic}; ${rest}.`,
      evidence: [best, ...others, rate].flatMap(metric => (metric ? [metric.id] : [])),
      caveats: [
        ...[best, ...others].flatMap(({ id }) => doubtOf(evidence, id)).slice(0, 1),
        ...(best.details ?? []),
        'its memory does not compress, as the weights of a quantised model: zram takes as much as it frees',
        ...(best.interval ? [] : ['too few rounds for an interval']),
      ],
    }
  },
}

/** Such as a disturbed host; empty for a number that is as good as it looks. */
function doubtOf(evidence: Evidence, id: string): string[] {
  const item = evidence.item(id)
  return item?.verdict === 'inconclusive' && item.reason ? [item.reason] : []
}

const nameOf = ({ id }: Metric): string => id.slice(ROUND.length)

/** `file-60` is a swap file with swappiness 60. */
function inWords(metric: Metric): string {
  const [kind, swappiness] = nameOf(metric).split('-')
  return `${kind === 'file' ? 'a swap file' : kind} with swappiness ${swappiness}`
}

function timeOf(metric: Metric): string {
  const show = (ms: number): string => formatQuantity(ms, 'ms')
  const interval = intervalOf(metric)
  return show(metric.value) + (interval ? ` [${interval.map(show).join(', ')}]` : '')
}

/** Their intervals lie apart; nothing is clear without them. */
function isClearlyFaster(metric: Metric, other: Metric): boolean {
  const [mine, theirs] = [intervalOf(metric), intervalOf(other)]
  return mine !== null && theirs !== null && mine[1] < theirs[0]
}

function intervalOf({ interval }: Metric): [low: number, high: number] | null {
  const [low, high] = interval ?? [null, null]
  return low === null || high === null ? null : [low, high]
}
