import { formatQuantity } from '../../units.ts'
import type { Question } from '../question.ts'

const SPEC = '000.limit-discovery'
const COMMAND = 'npx vitest run perf/model-limits/limit-discovery'

/** What gives out first when more and more requests come: memory for their contexts, or time to compute them. */
export const q12: Question = {
  id: 'Q12',
  question: 'Where is the bottleneck?',
  answer(evidence) {
    const ratio = evidence.metric(`${SPEC}.bottleneck`)
    if (!ratio)
      return { state: 'open', needs: evidence.reason(`${SPEC}.bottleneck`) ?? `a run that looks for it: ${COMMAND}` }
    const busy = evidence.metric(`${SPEC}.cpu-busy`)
    const times = (value: number) => `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} times`
    const where =
      ratio.value > 1
        ? `In computing: memory holds the contexts of ${times(ratio.value)} as many requests as are answered in time`
        : `In memory: ${times(1 / ratio.value)} as many requests would be answered in time as memory has contexts for`
    const share = busy ? `; the engine took ${formatQuantity(busy.value, 'ratio')} of the machine's CPU` : ''
    return {
      state: 'answered',
      answer: `${where}${share} (${(ratio.details ?? []).join(', ')}).`,
      evidence: [ratio, busy].flatMap(metric => (metric ? [metric.id] : [])),
      caveats: ratio.scale === undefined ? [] : [`measured with models of 1/${ratio.scale} of their size`],
    }
  },
}
