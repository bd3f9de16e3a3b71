import type { BatchRun } from '../batches/batch-run.ts'
import type { Assessment } from './assessment.ts'
import { criterionOf, judge, unjudged } from './judge.ts'

/** Share of the KV cache that may be in use with nothing in flight: a few blocks are an engine's own. */
const REST = 0.01

/**
 * Does the engine give its KV cache back? The largest share in use after a batch, nothing in flight. This is where a leak
 * shows on an engine that takes all of its GPU memory at the start.
 */
export function judgeKvCache(run: BatchRun): Assessment {
  const criterion = criterionOf(run, 'kv-cache-freed', 'the KV cache is empty when nothing is in flight')
  const shares = run.batches.map(batch => batch.kvCacheShare)
  const missing = shares.find(share => share.state === 'absent')
  if (missing?.state === 'absent') return unjudged(criterion, 'not applicable', missing.reason)
  const values = shares.flatMap(share => (share.state === 'measured' ? [share.value] : []))
  return judge(criterion, {
    measured: { value: Math.max(...values), interval: null },
    limit: REST,
    allowed: 'at most',
    unit: 'ratio',
    n: values.length,
    details: ['largest share in use after a batch'],
    advice: ['requests that the engine still holds: look at its count of running requests and at its log'],
  })
}
