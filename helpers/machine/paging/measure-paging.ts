import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openCage } from '../../cage/index.ts'
import { cleanEnvironment } from '../../engines/hosts/clean-environment.ts'
import { absent, type Measured, measured } from '../../measured.ts'
import { kernelConstants } from '../../sampling/sources/kernel-constants.ts'
import { siblingModule } from '../../sibling-module.ts'
import { switchOnSwap } from '../swap/index.ts'
import { allowSwap } from './allow-swap.ts'
import type { PagingMessage, PagingOrder, PagingResult } from './paging-protocol.ts'

/** How a bounded process pages: with which swap, and with how much memory for how much to do. */
export interface PagingPlan {
  swap: { kind: 'file' | 'zram'; swappiness: number }
  /** What its group may have in memory. */
  limitBytes: number
  /** Memory of its own, and a file that it reads: together more than the limit. */
  anonymousBytes: number
  fileBytes: number
  rounds: number
  /** No further round is begun after so long. */
  limitMs: number
}

export interface PagingRecord extends PagingResult {
  plan: PagingPlan
}

/** Beyond the time for rounds: writing the file, taking the memory, one round that hangs on a slow disk. */
const GRACE_MS = 60_000

/**
 * Measures paging for real: a process of ours in a memory group of its own goes over more memory than the group may
 * have, so that it swaps and nobody else does, to swap of our own that is on for so long. Absent, with the reason, where
 * swap or memory groups are not ours to set (not root, a container), and when the process did not come to an end.
 */
export async function measurePaging(plan: PagingPlan, directory: string): Promise<Measured<PagingRecord>> {
  const { pageBytes } = kernelConstants('/proc')
  if (pageBytes.state === 'absent') return pageBytes
  const { kind, swappiness } = plan.swap
  // Twice what is to go out: a full area gives up the copies of pages that came back in, and they would be written again.
  const bytes = 2 * plan.anonymousBytes + 2 ** 24
  const swap = await switchOnSwap({ kind, bytes, swappiness, directory })
  if (swap.state === 'absent') return swap
  await using _swap = swap.value
  const opened = openCage({ limitBytes: plan.limitBytes })
  if (opened.state === 'absent') return opened
  await using cage = opened.value
  const { usageFile } = allowSwap(cage, swappiness)
  const { swap: _, ...work } = plan
  const result = await runInside(cage, { ...work, directory, usageFile, pageBytes: pageBytes.value })
  return result.state === 'absent' ? result : measured({ plan, ...result.value })
}

async function runInside(cage: { add(pid: number): void }, order: PagingOrder): Promise<Measured<PagingResult>> {
  const script = fileURLToPath(siblingModule(import.meta.url, 'paging-process'))
  const child = fork(script, { execArgv: ['--disable-warning=ExperimentalWarning'], env: cleanEnvironment() })
  const exit = once(child, 'exit')
  const stop = new AbortController()
  try {
    await once(child, 'spawn')
    cage.add(child.pid ?? 0)
    const answer = once(child, 'message').then(([message]: PagingMessage[]) => message)
    child.send(order)
    const message = await Promise.race([
      answer,
      exit.then(([code, signal]) => `it ended with ${signal ?? `code ${code}`}`),
      delay(order.limitMs + GRACE_MS, undefined, { signal: stop.signal }).then(
        () => `it did not end within ${(order.limitMs + GRACE_MS) / 1000} s`,
        () => 'stopped',
      ),
    ])
    if (message !== undefined && typeof message !== 'string' && message.type === 'done') return measured(message.result)
    const reason = typeof message === 'string' ? message : (message?.reason ?? 'it said nothing')
    return absent(`the process that pages gave no result: ${reason}`)
  } finally {
    stop.abort()
    child.kill('SIGKILL')
    await exit
  }
}
