import { formatQuantity } from '../../units.ts'
import type { Question } from '../question.ts'

const CONCURRENCY = '000.limit-discovery.concurrency.'
const COMMAND = 'npx vitest run perf/model-limits/limit-discovery'

/** The most requests at once with which a model still answers in time. */
export const q11: Question = {
  id: 'Q11',
  question: 'What is the largest sustainable concurrent load?',
  answer(evidence) {
    const found = evidence.metrics(CONCURRENCY)
    if (found.length === 0)
      return { state: 'open', needs: evidence.reason(CONCURRENCY) ?? `a run that looks for it: ${COMMAND}` }
    const rates = found.map(({ id }) => evidence.metric(id.replace('.concurrency.', '.concurrent-rate.')))
    const sentences = found.map(({ id, value, details = [] }, index) => {
      const rate = rates[index]
      const speed = rate ? `, ${formatQuantity(rate.value, 'tokens/s')} in all` : ''
      return `${id.slice(CONCURRENCY.length)}: ${value} requests at once${speed} (${details.join(', ')}).`
    })
    return {
      state: 'answered',
      answer: sentences.join(' '),
      evidence: [...found, ...rates].flatMap(metric => (metric ? [metric.id] : [])),
      caveats: [
        ...new Set(
          found.flatMap(({ scale }) =>
            scale === undefined
              ? []
              : [`measured with models of 1/${scale} of their size, and a limit of time that is as much shorter`],
          ),
        ),
      ],
    }
  },
}
