import { formatQuantity } from '../../units.ts'
import type { Question } from '../question.ts'
import { caveatsOf, type SizedModel, scoreOf, sizedModels } from './sized-models.ts'

const COMMAND = 'npx vitest run perf/model-limits/limit-discovery'

/** A fast model for what must be quick, and the most capable one for what must be good, held at once. */
export const q9 = modelMix()

/** `scores` tells what is published about a model. */
export function modelMix(scores: typeof scoreOf = scoreOf): Question {
  return {
    id: 'Q9',
    question: 'What is the best mix of models for each use?',
    answer(evidence) {
      const models = sizedModels(evidence, scores)
      if (models.length < 2)
        return { state: 'open', needs: `the speed of at least two models: ${COMMAND}; ${models.length} is there` }
      const fast = models.toSorted((a, b) => b.decodeRate - a.decodeRate)[0]
      const good = models.toSorted((a, b) => (b.score?.score ?? 0) - (a.score?.score ?? 0))[0]
      if (!fast || !good?.score)
        return {
          state: 'open',
          needs: `published scores of ${models.map(({ name }) => name).join(', ')}, in the catalogue`,
        }
      const both = fast.name === good.name ? [fast] : [fast, good]
      const sums = both.map(({ memoryBytes }) => memoryBytes)
      const together = sums.every(bytes => bytes !== null)
        ? `; together they take ${formatQuantity(
            sums.reduce((sum, bytes) => sum + (bytes ?? 0), 0),
            'bytes',
          )}`
        : ''
      return {
        state: 'answered',
        answer:
          both.length === 1
            ? `One for everything: ${inWords(fast)} is the fastest and the most capable of ${models.length}.`
            : `For short answers that must be quick ${inWords(fast)}, for answers that must be good ${inWords(good)}${together}.`,
        evidence: both.flatMap(model => model.evidence),
        caveats: caveatsOf(both),
      }
    },
  }
}

function inWords({ name, decodeRate, memoryBytes, score }: SizedModel): string {
  const facts = [
    formatQuantity(decodeRate, 'tokens/s'),
    ...(memoryBytes === null ? [] : [formatQuantity(memoryBytes, 'bytes')]),
    ...(score ? [`${score.benchmark} ${score.score}`] : []),
  ]
  return `${name} (${facts.join(', ')})`
}
