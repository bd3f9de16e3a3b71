import { toAccountForEveryRequest } from './to-account-for-every-request.ts'
import { toBeAtMost } from './to-be-at-most.ts'
import { toBeGoneAfterExpiry } from './to-be-gone-after-expiry.ts'
import { toBeMeasured } from './to-be-measured.ts'
import { toClearPreflight } from './to-clear-preflight.ts'
import { toFreeItsKvCache } from './to-free-its-kv-cache.ts'
import { toHaveMemoryFor } from './to-have-memory-for.ts'
import { toHaveSuccessRate } from './to-have-success-rate.ts'
import { toHaveTtftBelow } from './to-have-ttft-below.ts'
import { toKeepVramDeltaBelow } from './to-keep-vram-delta-below.ts'
import { toMatchBaseline } from './to-match-baseline.ts'
import { toReach } from './to-reach.ts'
import { toReachThroughput } from './to-reach-throughput.ts'
import { toRunWithoutCrash } from './to-run-without-crash.ts'
import { toShowNoDegradation } from './to-show-no-degradation.ts'
import { toShowNoLeakTrend } from './to-show-no-leak-trend.ts'
import { toStayBelow } from './to-stay-below.ts'
import { toStayLoaded } from './to-stay-loaded.ts'
import { toStayLoadedUntilExpiry } from './to-stay-loaded-until-expiry.ts'
import { toVaryLessThan } from './to-vary-less-than.ts'

export { assessmentsRecorded } from './settle.ts'

/** For `expect.extend(matchers)`. */
export const matchers = {
  toAccountForEveryRequest,
  toBeAtMost,
  toBeGoneAfterExpiry,
  toBeMeasured,
  toClearPreflight,
  toFreeItsKvCache,
  toHaveMemoryFor,
  toHaveSuccessRate,
  toHaveTtftBelow,
  toKeepVramDeltaBelow,
  toMatchBaseline,
  toReach,
  toReachThroughput,
  toRunWithoutCrash,
  toShowNoDegradation,
  toShowNoLeakTrend,
  toStayBelow,
  toStayLoaded,
  toStayLoadedUntilExpiry,
  toVaryLessThan,
}

type Tail<F> = F extends (received: infer _, ...rest: infer Rest) => unknown ? Rest : never

/** An asynchronous matcher is awaited: `await expect(run).toMatchBaseline('throughput')`. */
type Outcome<F, R> = F extends (...args: never[]) => Promise<unknown> ? Promise<void> : R

type MatcherTypes<R> = {
  [K in keyof typeof matchers]: (
    ...args: Tail<OmitThisParameter<(typeof matchers)[K]>>
  ) => Outcome<OmitThisParameter<(typeof matchers)[K]>, R>
}

declare module 'vitest' {
  interface Matchers<R, T> extends MatcherTypes<R> {}
}
