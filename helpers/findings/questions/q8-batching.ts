import type { Question } from '../question.ts'

const GAIN = '000.concurrency.batching-gain'
const COMMAND = 'npx vitest run perf/optimisation/concurrency'

export const q8: Question = {
  id: 'Q8',
  question: 'Does batching raise throughput?',
  answer(evidence) {
    const gain = evidence.metric(GAIN)
    if (gain === null) return { state: 'open', needs: evidence.reason(GAIN) ?? `the spec that measures it: ${COMMAND}` }
    const { value, scale } = gain
    const item = evidence.item(GAIN)
    const [low, high] = gain.interval ?? [null, null]
    const interval = low === null || high === null ? null : { low, high }
    const range = interval ? ` [${interval.low.toFixed(2)}, ${interval.high.toFixed(2)}]` : ''
    const word =
      (interval?.low ?? value) > 1
        ? 'Yes'
        : (interval?.high ?? value) < 1
          ? 'No'
          : 'Not that it could be told from noise'
    return {
      state: 'answered',
      answer: `${word}: requests that run at once get ${value.toFixed(2)}${range} times the tokens a second of requests that run one after the other.`,
      evidence: [gain.id],
      caveats: [
        ...(interval ? [] : ['too few data for an interval']),
        ...(item?.verdict === 'inconclusive' && item.reason !== undefined ? [item.reason] : []),
        ...(scale === undefined || scale === 1 ? [] : [`measured with a model of 1/${scale} of its size`]),
      ],
    }
  },
}
