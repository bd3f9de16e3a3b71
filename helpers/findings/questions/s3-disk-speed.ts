import type { Question } from '../question.ts'
import { answered, open, shown, swapIds } from './swap-evidence.ts'

export const s3: Question = {
  id: 'S3',
  question: 'How fast is model swapping from disk?',
  answer(evidence) {
    const cold = evidence.metric(swapIds.coldRate)
    const warm = evidence.metric(swapIds.warmRate)
    if (!cold) return open(evidence, swapIds.coldRate)
    const time = evidence.metric(swapIds.cold)
    return answered(
      evidence,
      [
        `From disk, with the page cache dropped, a qwen2.5-7b comes at ${shown(cold)}${time ? `, in ${shown(time)}` : ''}.`,
        warm && `From the page cache it is ${shown(warm)}.`,
      ],
      [cold, time, warm],
      ['the time is the whole load: the start of a process and the preparation of the weights are in it'],
    )
  },
}
