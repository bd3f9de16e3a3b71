/**
 * Calls `tick` at absolute times, a period apart, so that lateness does not add up. A tick that would come more than a
 * period late is left out: two at once say no more than one.
 */
export function startTicking(periodMs: number, nowMs: () => number, tick: (atMs: number) => void): { stop(): void } {
  const startMs = nowMs()
  let count = 0
  let timer: NodeJS.Timeout
  const arm = (): void => {
    count = Math.max(count + 1, Math.ceil((nowMs() - startMs) / periodMs))
    timer = setTimeout(
      () => {
        tick(nowMs())
        arm()
      },
      startMs + count * periodMs - nowMs(),
    )
  }
  arm()
  return { stop: () => clearTimeout(timer) }
}
