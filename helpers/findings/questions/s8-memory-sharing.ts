import { formatQuantity } from '../../units.ts'
import type { Question } from '../question.ts'

const SERVERS = '003.isolation.servers-memory'
const SHARED = '000.memory.shared-by-instances'
const COMMAND = 'npx vitest run perf/model-swapping/isolation perf/optimisation/memory'

/** n processes with a model each against one server with n models, and what instances of one file share. */
export const s8: Question = {
  id: 'S8',
  question: 'How efficiently do models share memory?',
  answer(evidence) {
    const servers = evidence.metric(SERVERS)
    const shared = evidence.metric(SHARED)
    if (!servers && !shared)
      return { state: 'open', needs: evidence.reason(SERVERS) ?? `the specs that measure it: ${COMMAND}` }
    const share = (value: number) => formatQuantity(value, 'ratio')
    const sentences = [
      servers &&
        `As many servers with a model each take ${servers.value.toFixed(2)} times the memory of one server with all of them (${servers.details?.join(', ') ?? ''}).`,
      shared && `A second instance of the same file need not hold ${share(shared.value)} of it again.`,
    ]
    return {
      state: 'answered',
      answer: sentences.filter(sentence => sentence !== null).join(' '),
      evidence: [servers, shared].flatMap(metric => (metric ? [metric.id] : [])),
      caveats: [
        ...new Set(
          [servers, shared].flatMap(metric =>
            metric?.scale
              ? [`measured with models of 1/${metric.scale} of their size: processes weigh more than with whole ones`]
              : [],
          ),
        ),
      ],
    }
  },
}
