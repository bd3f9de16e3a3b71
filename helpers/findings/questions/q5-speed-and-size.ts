import { formatQuantity } from '../../units.ts'
import type { Evidence, Question } from '../question.ts'

const DECODE = '000.medium-models.decode-rate.'
const COMMAND = 'npx vitest run perf/model-limits/medium-models'

/** Decoding reads all weights for every token, so its rate should fall as the weights grow. */
export const q5: Question = {
  id: 'Q5',
  question: 'How does speed depend on the size of the model?',
  answer(evidence) {
    const models = evidence.metrics(DECODE).flatMap(decode => modelOf(decode, evidence))
    const bySize = models.toSorted((a, b) => a.weightsBytes - b.weightsBytes)
    const [smallest, largest] = [bySize.at(0), bySize.at(-1)]
    if (smallest === undefined || largest === undefined || bySize.length < 2)
      return { state: 'open', needs: `decode rates and sizes of two models at least: ${COMMAND}` }
    const list = bySize.map(({ model, weightsBytes, decode, prefill }) => {
      const prefilled = prefill ? `, prefills ${formatQuantity(prefill.value, 'tokens/s')}` : ''
      return `${model} (${formatQuantity(weightsBytes, 'bytes')}) decodes ${formatQuantity(decode.value, 'tokens/s')}${prefilled}`
    })
    const size = largest.weightsBytes / smallest.weightsBytes
    const slower = smallest.decode.value / largest.decode.value
    const scales = new Set(bySize.flatMap(({ decode }) => decode.scale ?? []))
    return {
      state: 'answered',
      answer: `${list.join('; ')}. The weights of ${largest.model} are ${size.toFixed(1)} times those of ${smallest.model}, and it decodes ${slower.toFixed(1)} times slower.`,
      evidence: bySize.flatMap(({ decode, prefill, sizeIds }) => [
        decode.id,
        ...(prefill ? [prefill.id] : []),
        ...sizeIds,
      ]),
      caveats: [
        ...[...scales].map(scale => `measured on models of 1/${scale} of their size`),
        ...(bySize.length < 3 ? ['two models make no curve'] : []),
      ],
    }
  },
}

type Metric = ReturnType<Evidence['metrics']>[number]

/** The size of the file: what the model holds, less what it holds beyond its weights. */
function modelOf(decode: Metric, evidence: Evidence) {
  const model = decode.id.slice(DECODE.length)
  const of = (what: string) => evidence.metric(`000.medium-models.${what}.${model}`)
  const [memory, overhead] = [of('memory-used'), of('overhead')]
  if (memory === null || overhead === null) return []
  const weightsBytes = memory.value - overhead.value
  return [{ model, decode, prefill: of('prefill-rate'), weightsBytes, sizeIds: [memory.id, overhead.id] }]
}
