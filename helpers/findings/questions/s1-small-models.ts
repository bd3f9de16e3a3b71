import type { Question } from '../question.ts'
import { answered, open, shown, swapIds } from './swap-evidence.ts'

export const s1: Question = {
  id: 'S1',
  question: 'How many 0.5B models can run concurrently?',
  answer(evidence) {
    const instances = evidence.metric(swapIds.instances)
    if (!instances) return open(evidence, swapIds.instances)
    const each = evidence.metric(swapIds.instanceBytes)
    const pressure = evidence.metric(swapIds.pressure)
    const about = instances.details?.length ? ` (${instances.details.join(' · ')})` : ''
    return answered(
      evidence,
      [
        `${instances.value} instances of qwen2.5-0.5b answer at the same time within 5 GiB${about}.`,
        each && `Each takes ${shown(each)}.`,
        pressure && `The first pressure point is at ${pressure.value}: ${pressure.details?.join(', ') ?? ''}.`,
      ],
      [instances, each, pressure],
    )
  },
}
