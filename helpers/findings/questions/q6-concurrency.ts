import { formatQuantity } from '../../units.ts'
import type { Evidence, Question } from '../question.ts'

const RATE = '000.concurrency.rate-at-'
const TPOT = '000.concurrency.tpot-at-'
const INSTANCES = '000.concurrency.instances-rate'
const COMMAND = 'npx vitest run perf/optimisation/concurrency'

export const q6: Question = {
  id: 'Q6',
  question: "What does concurrency do to one model's speed?",
  answer(evidence) {
    const [one, ...more] = byRequests(evidence, TPOT)
    const most = more.at(-1)
    if (one === undefined || most === undefined) {
      return { state: 'open', needs: evidence.reason(`${TPOT}1`) ?? `several numbers of requests at once: ${COMMAND}` }
    }
    const rates = byRequests(evidence, RATE)
    const together = ({ requests }: Found) => rates.find(rate => rate.requests === requests)
    const [slow, fast] = [together(one), together(most)]
    const instances = evidence.metric(INSTANCES)
    const sentences = [
      `A token of one request takes ${ms(one.value)} when it is alone and ${ms(most.value)} when ${most.requests} run at once, ` +
        `${times(most.value / one.value)} as long.`,
      slow &&
        fast &&
        `All of them together get ${rate(fast.value)} against ${rate(slow.value)}: ${percentOf(fast.value / (slow.value * most.requests))} of what ${most.requests} times one would be.`,
      instances &&
        `Several instances with the same requests between them reach ${times(instances.value)} the rate of one instance.`,
    ]
    const used = [one, most, slow, fast, instances].filter(found => found !== undefined && found !== null)
    return {
      state: 'answered',
      answer: sentences.filter(sentence => typeof sentence === 'string').join(' '),
      evidence: used.map(({ id }) => id),
      caveats: [
        ...(one.scale === 1 ? [] : [`measured with a model of 1/${one.scale} of its size`]),
        ...new Set(used.flatMap(({ id }) => doubtsAbout(evidence, id))),
      ],
    }
  },
}

interface Found {
  id: string
  requests: number
  value: number
  scale: number
}

/** In the order of the requests at once, which are the end of the id. */
const byRequests = (evidence: Evidence, prefix: string): Found[] =>
  evidence
    .metrics(prefix)
    .map(({ id, value, scale }) => ({ id, value, requests: Number(id.slice(prefix.length)), scale: scale ?? 1 }))
    .sort((a, b) => a.requests - b.requests)

/** Why a run was not sure of a number that it has. */
function doubtsAbout(evidence: Evidence, id: string): string[] {
  const item = evidence.item(id)
  return item?.verdict === 'inconclusive' && item.reason !== undefined ? [item.reason] : []
}

const ms = (value: number): string => formatQuantity(value, 'ms')
const rate = (value: number): string => formatQuantity(value, 'tokens/s')
const percentOf = (value: number): string => formatQuantity(value, 'ratio')
const times = (value: number): string => `${value.toFixed(2)} times`
