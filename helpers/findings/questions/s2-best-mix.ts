import { formatQuantity } from '../../units.ts'
import type { Question } from '../question.ts'
import { poolEvidence, poolNeeds, strategyMetric, type WeighedModel } from './real-world-models.ts'

/** One main model, and as many of the smallest as fit beside it. */
interface Mix {
  main: WeighedModel
  small: WeighedModel
  beside: number
  bytes: number
}

export const s2: Question = {
  id: 'S2',
  question: "What's the optimal mix of model sizes?",
  answer(evidence) {
    const found = poolEvidence(evidence)
    if (found === null) return { state: 'open', needs: poolNeeds(evidence) }
    const { budget, models } = found
    const small = models.at(-1)
    const mixes = small ? mixesWithin(budget.value, models, small) : []
    const [largest] = mixes
    if (!small || !largest)
      return { state: 'open', needs: `a budget in which a model fits: ${budget.title ?? budget.id} is too small` }
    const others = mixes.slice(1)
    const hits = strategyMetric(evidence, 'hit-rate', 'pool')
    const mixed = evidence.metric('003.concurrent-capacity.mixed-models')
    const instances = evidence.metric(`003.concurrent-capacity.instances.${small.model}`)
    const sentences = [
      `Within ${inBytes(budget.value)} the largest model that leaves room for others is the main one: ${inWords(largest)}.`,
      others.length > 0 && `Instead of it: ${others.map(inWords).join('; ')}.`,
      mixed && `${mixed.value} models of such a mix answer at the same time within the plan's budget.`,
      instances && `Of ${small.model} alone ${instances.value} do.`,
      hits &&
        `With that budget ${formatQuantity(hits.value, 'ratio')} of the requests for models by Zipf's law found theirs loaded.`,
    ]
    return {
      state: 'answered',
      answer: sentences.filter(sentence => typeof sentence === 'string').join(' '),
      evidence: [budget, ...models, mixed, instances, hits].flatMap(each => (each ? [each.id] : [])),
      caveats: found.caveats,
    }
  },
}

/** The largest main model first; a mix of the small one alone is the last. */
function mixesWithin(budgetBytes: number, models: readonly WeighedModel[], small: WeighedModel): Mix[] {
  return models
    .filter(({ bytes }) => bytes <= budgetBytes)
    .map(main => {
      const beside = Math.floor((budgetBytes - main.bytes) / small.bytes)
      return { main, small, beside, bytes: main.bytes + beside * small.bytes }
    })
}

function inWords({ main, small, beside, bytes }: Mix): string {
  const parts =
    main === small
      ? [`${1 + beside} × ${small.model}`]
      : [`1 × ${main.model}`, ...(beside > 0 ? [`${beside} × ${small.model}`] : [])]
  return `${parts.join(' and ')} (${inBytes(bytes)})`
}

const inBytes = (bytes: number): string => formatQuantity(bytes, 'bytes')
