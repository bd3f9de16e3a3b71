import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { getReaper } from 'testcontainers'
import { EngineStartError } from '../../errors.ts'
import { siblingModule } from '../../sibling-module.ts'
import { cleanEnvironment } from './clean-environment.ts'
import type { DockerClient } from './docker.ts'
import { onParentLost } from './owner-end.ts'
import { runId } from './run-label.ts'

/** How long the reaper's image may take to come; without a network some registries never answer. */
const reaperLimitMs = 60_000

let reaper: Promise<boolean> | undefined
let watchdog: Promise<ChildProcess> | undefined

/**
 * Sees to it that no container is left once this process is gone, whatever ends it. A watchdog process of our own
 * removes them at once. testcontainers' reaper stands behind it, for the case that the watchdog is killed too: it
 * waits until no process of this user is connected to it, and 10 s more. It is done without where it is switched off
 * (TESTCONTAINERS_RYUK_DISABLED) or its image cannot be had.
 */
export async function cleanUpAfterUs(client: DockerClient): Promise<{ reaper: boolean }> {
  // One that was killed is replaced.
  watchdog = Promise.resolve(watchdog).then(child => (child?.connected ? child : startWatchdog()), startWatchdog)
  reaper ??= startReaper(client)
  await watchdog
  return { reaper: await reaper }
}

async function startReaper(client: DockerClient): Promise<boolean> {
  if (process.env.TESTCONTAINERS_RYUK_DISABLED === 'true') return false
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<false>(resolve => {
    timer = setTimeout(resolve, reaperLimitMs, false)
  })
  try {
    return await Promise.race([getReaper(client).then(() => true), limit])
  } catch {
    // Most often: no image, and no registry. The watchdog needs neither.
    return false
  } finally {
    clearTimeout(timer)
  }
}

async function startWatchdog(): Promise<ChildProcess> {
  const script = fileURLToPath(siblingModule(import.meta.url, 'container-watchdog'))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, runId], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: cleanEnvironment(),
    detached: true,
  })
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new EngineStartError(`The watchdog that removes containers ended at once (${signal ?? `exit code ${code}`}).`)
  })
  await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  // It watches this process, and is no reason for it to go on.
  child.unref()
  child.channel?.unref()
  child.once(
    'exit',
    onParentLost(() => child.connected && child.disconnect()),
  )
  return child
}
