/**
 * Helpers of this process that end what it started see its end as the loss of their channel. One end they cannot see:
 * this process is a worker whose parent died, and hangs on. Then they are told here.
 */
const listeners = new Set<() => void>()
const tellAll = (): void => {
  for (const listener of listeners) listener()
}

/** One listener on the process serves all, however often an engine is restarted. Returns what takes it back. */
export function onParentLost(listener: () => void): () => void {
  if (listeners.size === 0) process.once('disconnect', tellAll)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) process.off('disconnect', tellAll)
  }
}
