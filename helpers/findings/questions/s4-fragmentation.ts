import { formatQuantity } from '../../units.ts'
import type { Question } from '../question.ts'

const SPEC = '000.large-models'
const COMMAND = 'npx vitest run perf/model-limits/large-models'

/** What loading a second large model has to do with how fragmented free memory is. */
export const s4: Question = {
  id: 'S4',
  question: 'What does fragmentation do to models that are loaded at once?',
  answer(evidence) {
    const before = evidence.metric(`${SPEC}.fragmentation.before`)
    const after = evidence.metric(`${SPEC}.fragmentation.after`)
    const answering = evidence.metric(`${SPEC}.answering-together`)
    if (!before || !after || !answering) {
      const needs = evidence.reason(`${SPEC}.fragmentation.after`) ?? evidence.reason(`${SPEC}.answering-together`)
      return { state: 'open', needs: needs ?? `a run that loads two models at once: ${COMMAND}` }
    }
    const stalls = evidence.metric(`${SPEC}.allocation-stalls`)
    const second = evidence.metric(`${SPEC}.second-load`)
    const [from, to] = [before, after].map(({ value }) => formatQuantity(value, 'ratio'))
    const impact = [
      `${answering.value} of 2 answered`,
      stalls && `${formatQuantity(stalls.value, 'count')} allocations had to make room first`,
      second && `the second took ${second.value.toFixed(2)} times the first one's time to load`,
    ].filter(part => part !== null)
    const verdict =
      answering.value < 2 || (stalls?.value ?? 0) > 0 ? 'It may have held them up' : 'Nothing that was seen'
    return {
      state: 'answered',
      answer: `${verdict}: with 2 × 3B loaded at once, ${from} of free memory before and ${to} after lay in pieces below 2 MiB; ${impact.join(', ')}.`,
      evidence: [before, after, answering, stalls, second].flatMap(metric => (metric ? [metric.id] : [])),
      caveats: [
        'each number was read once',
        'engines take single pages: a device that needs memory in one piece is hit before they are',
      ],
    }
  },
}
