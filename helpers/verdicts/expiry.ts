import type { Expiry } from '../keep-alive/expiry.ts'
import type { Measured } from '../measured.ts'
import { formatQuantity, type Quantity } from '../units.ts'
import type { Assessment } from './assessment.ts'
import { type Criterion, judge, unjudged } from './judge.ts'

/** The engine's clock starts when it has sent its answer; the client sees the end of it this much later at most. */
const CLIENT_DELAY_MS = 250

/** An idle model stays loaded for as long as it was asked to be kept. */
export function judgeNoEarlyExpiry(id: string, seen: Measured<Expiry>): Assessment {
  const criterion = criterionOf(id, seen, 'not-before', 'an idle model stays loaded until its keep-alive is over')
  if (seen.state === 'absent') return unjudged(criterion, 'not applicable', seen.reason)
  return judge(criterion, {
    ...measuredOf(seen.value),
    limit: seen.value.keepAliveMs - CLIENT_DELAY_MS,
    allowed: 'at least',
    advice: ['another model that needed its room, or somebody who unloaded it: see the log of the engine'],
  })
}

/** An idle model is gone soon after its keep-alive. */
export function judgeExpiry(id: string, seen: Measured<Expiry>, grace: Quantity<'ms'>): Assessment {
  const title = `an idle model is gone within ${formatQuantity(grace.value, 'ms')} after its keep-alive`
  const criterion = criterionOf(id, seen, 'gone-after', title)
  if (seen.state === 'absent') return unjudged(criterion, 'not applicable', seen.reason)
  return judge(criterion, {
    ...measuredOf(seen.value),
    limit: seen.value.keepAliveMs + grace.value,
    allowed: 'at most',
    advice: ['who still asks for it: a client that comes back keeps it loaded, and so does a keep-alive without end'],
  })
}

/** A model that did not go was loaded for at least as long as it was looked at. */
function measuredOf({ isGone, afterMs, looks, resolutionMs }: Expiry) {
  const resolution = `looked at every ${formatQuantity(resolutionMs, 'ms')} or more often`
  return {
    measured: { value: afterMs, interval: null },
    unit: 'ms' as const,
    n: looks,
    details: [isGone ? resolution : 'still loaded at the last look'],
  }
}

function criterionOf(id: string, seen: Measured<Expiry>, slug: string, title: string): Criterion {
  const data =
    seen.state === 'measured'
      ? `${seen.value.looks} looks at ${seen.value.modelName}, keep-alive ${formatQuantity(seen.value.keepAliveMs, 'ms')}`
      : 'nothing was measured'
  return { id: `${id}.${slug}`, title, data, culprits: [] }
}
