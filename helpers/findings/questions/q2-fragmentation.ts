import { formatQuantity } from '../../units.ts'
import type { Evidence, Question } from '../question.ts'

const MIXED = '000.medium-models.fragmentation'
const PAIR = '000.large-models.fragmentation'
const COMMAND = 'npx vitest run perf/model-limits/medium-models'

/** By how much the pieces of free memory become smaller when models of several sizes are loaded. */
export const q2: Question = {
  id: 'Q2',
  question: 'How much does memory fragment when models of mixed sizes are loaded?',
  answer(evidence) {
    const mixed = change(evidence, MIXED)
    if (!mixed) {
      const needs = evidence.reason(`${MIXED}.after`) ?? evidence.reason(`${MIXED}.before`)
      return { state: 'open', needs: needs ?? `a run that loads mixed sizes: ${COMMAND}` }
    }
    const pair = change(evidence, PAIR)
    const sentences = [
      `With 1 × 1.5B and 3 × 0.5B loaded, the share of free memory in pieces below 2 MiB ${mixed.words}.`,
      pair && `With 2 × 3B loaded it ${pair.words}.`,
    ]
    return {
      state: 'answered',
      answer: sentences.filter(sentence => sentence !== null).join(' '),
      evidence: [...mixed.evidence, ...(pair?.evidence ?? [])],
      caveats: [
        'free memory of the whole machine, read once before and once after: what else runs on it changes it too',
        'engines take single pages, so it costs huge pages and devices that need memory in one piece',
      ],
    }
  },
}

/** The number before and after, in words; null where one is missing. */
function change(evidence: Evidence, id: string): { words: string; evidence: string[] } | null {
  const [before, after] = [evidence.metric(`${id}.before`), evidence.metric(`${id}.after`)]
  if (!before || !after) return null
  const points = 100 * (after.value - before.value)
  const went = points >= 0 ? 'rose' : 'fell'
  const [from, to] = [before, after].map(({ value }) => formatQuantity(value, 'ratio'))
  return {
    words: `${went} by ${Math.abs(points).toFixed(1)} percentage points, from ${from} to ${to}`,
    evidence: [before.id, after.id],
  }
}
