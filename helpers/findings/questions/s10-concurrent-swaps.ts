import type { Question } from '../question.ts'
import { answered, boundsOf, open, swapIds, times } from './swap-evidence.ts'

export const s10: Question = {
  id: 'S10',
  question: 'What does concurrent access do to swapping?',
  answer(evidence) {
    const speedUp = evidence.metric(swapIds.speedUp)
    const loaded = evidence.metric(swapIds.loadedAtOnce)
    const ratio = evidence.metric(swapIds.latencyRatio)
    if (!speedUp) return open(evidence, swapIds.speedUp)
    const gained = (boundsOf(speedUp)?.low ?? speedUp.value) > 1
    const about = speedUp.details?.length ? ` (${speedUp.details.join(', ')})` : ''
    return answered(
      evidence,
      [
        `Loading qwen2.5-0.5b models one after the other takes ${times(speedUp)} what loading them at once takes${about}: ` +
          `${gained ? 'loads at once gain time' : 'loads at once gain no time that can be told from noise'}.`,
        loaded && `${loaded.value} loaded at once answered in every round.`,
        ratio && `Beside a model that answers, the time between its tokens is ${times(ratio)} the quiet one.`,
      ],
      [speedUp, loaded, ratio],
    )
  },
}
