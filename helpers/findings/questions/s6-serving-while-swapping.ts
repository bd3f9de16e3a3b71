import { formatQuantity } from '../../units.ts'
import type { Question } from '../question.ts'
import { answered, open, shown, swapIds, times } from './swap-evidence.ts'

export const s6: Question = {
  id: 'S6',
  question: 'Can one do inference while swapping other models?',
  answer(evidence) {
    const failed = evidence.metric(swapIds.servingFailed)
    const ratio = evidence.metric(swapIds.latencyRatio)
    if (!failed || !ratio) return open(evidence, failed ? swapIds.latencyRatio : swapIds.servingFailed)
    const gap = evidence.metric(swapIds.longestGap)
    const swaps = evidence.metric(swapIds.swaps)
    const meanwhile = swaps ? ` (${formatQuantity(swaps.value, 'count')} times meanwhile)` : ''
    const outcome =
      failed.value === 0 ? 'Yes: no request' : `Not all: ${formatQuantity(failed.value, 'count')} requests`
    return answered(
      evidence,
      [
        `${outcome} to a qwen2.5-0.5b failed while a qwen2.5-7b was loaded and unloaded${meanwhile}.`,
        `The time between its tokens is ${times(ratio)} the quiet one.`,
        gap && `The longest time without a token was ${shown(gap)}.`,
      ],
      [failed, ratio, gap, swaps],
    )
  },
}
