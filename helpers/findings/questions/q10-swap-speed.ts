import type { Question } from '../question.ts'
import { answered, open, shown, swapIds } from './swap-evidence.ts'

/** In and out, as a reload from disk: the machine's swap has no part in it. */
export const q10: Question = {
  id: 'Q10',
  question: 'How fast can models be swapped?',
  answer(evidence) {
    const [cold, warm, out] = [swapIds.cold, swapIds.warm, swapIds.out].map(id => evidence.metric(id))
    if (!cold && !warm) return open(evidence, swapIds.warm)
    const from = { cold: 'from a cold page cache', warm: 'from a warm one' }
    const loads = cold
      ? [`in ${shown(cold)} ${from.cold}`, ...(warm ? [`in ${shown(warm)} ${from.warm}`] : [])]
      : [`in ${warm ? shown(warm) : ''} from a warm page cache`]
    return answered(
      evidence,
      [`A qwen2.5-7b is loaded ${loads.join(', ')}${out ? `, and unloaded in ${shown(out)}` : ''}.`],
      [cold ?? null, warm ?? null, out ?? null],
      cold ? [] : [`not with a cold page cache: ${evidence.reason(swapIds.cold) ?? 'it was not measured'}`],
    )
  },
}
