/**
 * Starts a server and sees to its end. Started by GuardedProcess with an IPC channel; takes a GuardedLaunch as its only
 * message, answers with GuardMessages. When the channel closes, because its owner says so or has died in whatever way,
 * it ends the server with all that the server started, and removes its folder. It runs in a session of its own: what kills its owner's
 * process group does not reach it. The server writes to the guard's own stdout and stderr, which its owner reads.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { monotonicMs } from '../../clock.ts'
import type { GuardedLaunch, GuardMessage } from './guard-protocol.ts'
import { launchMark, processFamily } from './process-family.ts'

const pollMs = 25
/** After SIGKILL only the kernel can hold a process back, for instance for a driver. */
const killLimitMs = 30_000

const mark = randomUUID()
let ending = false

process.once('message', (launch: GuardedLaunch) => {
  const startedAtMs = monotonicMs()
  const server = spawn(launch.program, launch.arguments, {
    env: { ...launch.environment, [launchMark]: mark },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  const { pid } = server
  server.once('error', async error => {
    await tell({ type: 'not started', reason: error.message })
    process.exit(0)
  })
  if (pid === undefined) return
  void tell({ type: 'started', pid, startedAtMs })
  server.once('exit', async (code, signal) => {
    await tell({ type: 'ended', code, signal })
    if (!ending) await end(pid, 0, launch.folder)
  })
  const stop = (): void => void end(pid, launch.graceMs, launch.folder)
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  if (process.connected) process.once('disconnect', stop)
  else stop()
})
process.once('disconnect', () => {
  // The owner died before it said what to start.
  if (process.listenerCount('message') > 0) process.exit(0)
})

async function end(pid: number, graceMs: number, folder: string | undefined): Promise<void> {
  if (ending) return
  ending = true
  const startedAt = performance.now()
  const told = new Set<number>()
  for (let family = processFamily(pid, mark); family.length > 0; family = processFamily(pid, mark)) {
    const elapsedMs = performance.now() - startedAt
    if (elapsedMs >= graceMs) signal(family, 'SIGKILL')
    // Once each: a second SIGTERM means "at once" to some servers.
    else
      signal(
        family.filter(member => !told.has(member)),
        'SIGTERM',
      )
    for (const member of family) told.add(member)
    if (elapsedMs > graceMs + killLimitMs) {
      writeSync(2, `processes ${family.join(', ')} did not end within ${killLimitMs / 1e3} s of SIGKILL\n`)
      process.exit(1)
    }
    await delay(pollMs)
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  process.exit(0)
}

function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // It has ended since it was listed.
    }
  }
}

function tell(message: GuardMessage): Promise<void> {
  return new Promise(resolve => {
    if (!process.connected || !process.send) return resolve()
    // An error means that the owner is gone, which `disconnect` tells as well.
    process.send(message, undefined, undefined, () => resolve())
  })
}
