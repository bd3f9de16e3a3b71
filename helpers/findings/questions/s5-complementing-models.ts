import { formatQuantity } from '../../units.ts'
import type { Question } from '../question.ts'
import { poolEvidence, poolNeeds, strategyMetric, type WeighedModel } from './real-world-models.ts'

/** Answered in memory and time: models complement each other when requests can go from one to the other without a load. */
export const s5: Question = {
  id: 'S5',
  question: 'Which models complement each other for different tasks?',
  answer(evidence) {
    const found = poolEvidence(evidence)
    if (found === null) return { state: 'open', needs: poolNeeds(evidence) }
    const { budget, models } = found
    const pairs = models.flatMap((one, index) => models.slice(index + 1).map(other => [one, other] as const))
    const sumOf = ([one, other]: readonly [WeighedModel, WeighedModel]) => one.bytes + other.bytes
    const together = pairs.filter(pair => sumOf(pair) <= budget.value)
    const apart = pairs.filter(pair => sumOf(pair) > budget.value)
    const words = (all: typeof pairs) =>
      all.map(pair => `${pair[0].model} and ${pair[1].model} (${inBytes(sumOf(pair))})`).join(', ')
    const miss = strategyMetric(evidence, 'miss-wait', 'pool')
    const [pool, server] = [
      strategyMetric(evidence, 'hit-rate', 'pool'),
      strategyMetric(evidence, 'hit-rate', 'swap-server'),
    ]
    const sentences = [
      together.length > 0
        ? `Within ${inBytes(budget.value)} these serve tasks side by side, without a load between them: ${words(together)}.`
        : `No two of these models fit into ${inBytes(budget.value)} together.`,
      apart.length > 0 && `These do not fit together: ${words(apart)}.`,
      miss && `A change to a model that is not loaded costs a wait of ${formatQuantity(miss.value, 'ms')} (median).`,
      pool &&
        server &&
        `On the same requests ${formatQuantity(pool.value, 'ratio')} found their model loaded where several are kept, and ${formatQuantity(server.value, 'ratio')} where one is.`,
    ]
    return {
      state: 'answered',
      answer: sentences.filter(sentence => typeof sentence === 'string').join(' '),
      evidence: [budget, ...models, miss, pool, server].flatMap(each => (each ? [each.id] : [])),
      caveats: found.caveats,
    }
  },
}

const inBytes = (bytes: number): string => formatQuantity(bytes, 'bytes')
