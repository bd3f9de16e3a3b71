/**
 * Switches swap on for a measurement, and off again. Started by switchOnSwap with an IPC channel in a session of its
 * own; takes a SwapOrder as its only message, answers with one SwapMessage. When the channel closes, because its owner
 * says so or has died in whatever way, it undoes all of it and ends: with 0, or with 1 and what could not be undone on
 * stderr.
 */
import { writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type SwapChanges, switchOff, switchOn } from './swap-area.ts'
import type { SwapMessage, SwapOrder } from './swap-protocol.ts'

/** Whose pages are out may still be ending, or there may be too little memory for them for a moment. */
const PATIENCE_MS = 60_000
const POLL_MS = 250

const changes: SwapChanges = { device: null, zramNumber: null, filePath: null, swappiness: null }
let work: Promise<void> = Promise.resolve()

// What ends the run's process group must not end this first.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('disconnect', () => void work.then(undo))
process.once('message', (order: SwapOrder) => {
  work = obey(order)
})

async function obey({ area, swappiness }: SwapOrder): Promise<void> {
  try {
    await switchOn(area, swappiness, changes)
    tell({ type: 'on', changes })
  } catch (error) {
    tell({ type: 'refused', reason: reasonOf(error) })
  }
}

async function undo(): Promise<void> {
  const startedAt = performance.now()
  for (;;) {
    try {
      await switchOff(changes)
      process.exit(0)
    } catch (error) {
      if (performance.now() - startedAt > PATIENCE_MS) {
        writeSync(2, `${reasonOf(error)}\n`)
        process.exit(1)
      }
    }
    await delay(POLL_MS)
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const stderr = 'stderr' in error ? String(error.stderr).trim() : ''
  return stderr || error.message
}

function tell(message: SwapMessage): void {
  // An error means that the owner is gone, which `disconnect` tells as well.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}
