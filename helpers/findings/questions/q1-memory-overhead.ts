import { formatQuantity } from '../../units.ts'
import type { Question } from '../question.ts'

const OVERHEAD = '000.medium-models.overhead.'
const COMMAND = 'npx vitest run perf/model-limits/medium-models'

/** What a model takes beyond the bytes of its file, and what the estimate says that this is made of. */
export const q1: Question = {
  id: 'Q1',
  question: 'What is the memory overhead beyond the model weights?',
  answer(evidence) {
    const found = evidence
      .metrics(OVERHEAD)
      .map(({ id, value, scale }) => {
        const model = id.slice(OVERHEAD.length)
        const of = (what: string) => evidence.metric(`000.medium-models.${what}.${model}`)
        return { id, model, value, scale, memory: of('memory-used'), predicted: of('predicted-memory') }
      })
      .toSorted((a, b) => a.value - b.value)
    const largest = found.at(-1)
    if (largest === undefined) return { state: 'open', needs: `a run that loads models: ${COMMAND}` }
    const list = found.map(({ model, value, memory }) => {
      const share = memory ? ` of ${formatQuantity(memory.value, 'bytes')}` : ''
      return `${model} ${formatQuantity(value, 'bytes')}${share}`
    })
    const parts = largest.predicted?.details?.join(', ')
    const scales = new Set(found.flatMap(({ scale }) => scale ?? []))
    return {
      state: 'answered',
      answer:
        `Held beyond the bytes of the file, of all that the model held after answering: ${list.join('; ')}.` +
        (parts ? ` The estimate for ${largest.model}: ${parts}.` : ''),
      evidence: found.flatMap(({ id, memory, predicted }) => [
        id,
        ...[memory, predicted].flatMap(each => each?.id ?? []),
      ]),
      caveats: [...scales].map(
        scale => `measured on models of 1/${scale} of their size, beside which the process itself weighs more`,
      ),
    }
  },
}
