/**
 * Takes memory and keeps it, for a measurement under memory pressure. Started by applyMemoryPressure with an IPC
 * channel; takes a PressureOrder as its only message. It ends, and so gives all of it back, when the channel closes
 * (whatever ended its parent), or by itself when the machine has less than the floor available or stands still for want
 * of memory: it does not need its parent for that. The kernel is told to end it before anything else.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { monotonicMs } from '../../clock.ts'
import { formatQuantity } from '../../units.ts'
import { availableMemory } from '../headroom.ts'
import { MemoryBlock } from './memory-block.ts'
import type { PressureMessage, PressureOrder } from './pressure-protocol.ts'

/** Large enough for huge pages. */
const PIECE_BYTES = 64 * 2 ** 20
const WATCH_MS = 50
/** While filling, between two looks at what is left. */
const STEPS_A_LOOK = 64
/** All of the machine's tasks waited for memory in more than this share of a look's time. */
const LEAST_STALL = 0.5
const STALL_WINDOW_MS = 1000
/** With swap on, idle pages would be the first to go out: a tenth is read again every second. */
const TOUCH_PARTS = 10

process.once('disconnect', () => process.exit(0))
process.once('message', (order: PressureOrder) => void run(order))

async function run({ takeBytes, floorBytes }: PressureOrder): Promise<void> {
  writeFileSync('/proc/self/oom_score_adj', '1000')
  const block = new MemoryBlock(PIECE_BYTES)
  for (let step = 0; block.bytes < takeBytes; step++) {
    if (step % STEPS_A_LOOK === 0) {
      await lookAround(floorBytes)
      await setImmediate()
    }
    block.grow(takeBytes - block.bytes)
  }
  await tell({ type: 'holding' })
  let touched = 0
  let touchAtMs = monotonicMs()
  for (;;) {
    await delay(WATCH_MS)
    await lookAround(floorBytes)
    if (monotonicMs() < touchAtMs || !swapIsOn()) continue
    block.touch(touched++ % TOUCH_PARTS, TOUCH_PARTS)
    touchAtMs = monotonicMs() + 1000
  }
}

let stalled = { atMs: monotonicMs(), totalMs: stalledMs() }

async function lookAround(floorBytes: number): Promise<void> {
  const availableBytes = availableMemory()
  const show = (bytes: number): string => formatQuantity(bytes, 'bytes')
  if (availableBytes < floorBytes) {
    await letGo(`only ${show(availableBytes)} of memory were available, less than the floor of ${show(floorBytes)}`)
  }
  const nowMs = monotonicMs()
  if (nowMs - stalled.atMs < STALL_WINDOW_MS) return
  const totalMs = stalledMs()
  const share = (totalMs - stalled.totalMs) / (nowMs - stalled.atMs)
  stalled = { atMs: nowMs, totalMs }
  if (share > LEAST_STALL)
    await letGo(`the machine stood still for memory ${formatQuantity(share, 'ratio')} of the time`)
}

async function letGo(reason: string): Promise<void> {
  await tell({ type: 'let go', reason })
  process.exit(0)
}

/** `full` of the machine's memory pressure: all tasks waited. 0 on kernels without PSI, where the floor alone watches. */
function stalledMs(): number {
  const [, microseconds] = /^full .*total=(\d+)/m.exec(textOf('/proc/pressure/memory')) ?? []
  return Number(microseconds ?? 0) / 1000
}

/** /proc/swaps has a line of titles, and one for each area. */
const swapIsOn = (): boolean => textOf('/proc/swaps').trim().split('\n').length > 1

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function tell(message: PressureMessage): Promise<void> {
  return new Promise(resolve => {
    if (!process.connected || !process.send) return resolve()
    // An error means that the parent is gone, which `disconnect` tells as well.
    process.send(message, undefined, undefined, () => resolve())
  })
}
