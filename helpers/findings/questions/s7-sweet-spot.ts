import type { PublishedScore } from '../../models/index.ts'
import { formatQuantity } from '../../units.ts'
import type { Question } from '../question.ts'
import { caveatsOf, type SizedModel, scoreOf, sizedModels } from './sized-models.ts'

const COMMAND = 'npx vitest run perf/model-limits/limit-discovery'

/** The model beyond which more capability costs more time than it did before. */
export const s7 = sweetSpot()

/** `scores` tells what is published about a model. */
export function sweetSpot(scores: typeof scoreOf = scoreOf): Question {
  return {
    id: 'S7',
    question: 'Where is the sweet spot of latency against capability?',
    answer(evidence) {
      const all = sizedModels(evidence, scores)
      const models = all.filter(isScored)
      if (models.length < 3) {
        const needs =
          all.length < 3
            ? `the speed of at least three models: ${COMMAND}`
            : 'published scores of at least three of them'
        return { state: 'open', needs }
      }
      const knee = kneeOf(models)
      const list = models
        .map(model => `${model.name} ${formatQuantity(1000 / model.decodeRate, 'ms')} a token, ${model.score.score}`)
        .join('; ')
      return {
        state: 'answered',
        answer: `At ${knee.name}: ${formatQuantity(1000 / knee.decodeRate, 'ms')} a token for ${knee.score.benchmark} ${knee.score.score} (${list}).`,
        evidence: models.flatMap(model => model.evidence),
        caveats: caveatsOf(models),
      }
    },
  }
}

type Scored = SizedModel & { score: PublishedScore }

const isScored = (model: SizedModel): model is Scored => model.score !== null

/**
 * The knee of score against the logarithm of time per token: with both scaled to 0 … 1, where score lies farthest above
 * time (Satopää et al. 2011, "Finding a 'Kneedle' in a Haystack").
 */
function kneeOf(models: readonly Scored[]): Scored {
  const times = models.map(({ decodeRate }) => -Math.log(decodeRate))
  const scores = models.map(({ score }) => score.score)
  const unit = (value: number, of: readonly number[]) => {
    const [low, high] = [Math.min(...of), Math.max(...of)]
    return high === low ? 0 : (value - low) / (high - low)
  }
  const height = ({ decodeRate, score }: Scored) => unit(score.score, scores) - unit(-Math.log(decodeRate), times)
  return models.reduce((best, model) => (height(model) > height(best) ? model : best))
}
