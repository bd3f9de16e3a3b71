import { setTimeout as delay } from 'node:timers/promises'
import { monotonicMs } from '../../clock.ts'
import type { RunningServer } from './running-server.ts'
import type { ServerRecipe } from './server-recipe.ts'
import { startError } from './start-error.ts'

const pollMs = 50
/** One that takes a request and answers nothing is asked again. */
const answerLimitMs = 5_000
const portTaken = /address( is)? already in use|EADDRINUSE|couldn't bind/i

/**
 * Asks every 50 ms until the server answers with 200; resolves with the time from its start to then, in ms.
 *
 * @throws EngineStartError with the last log lines: it ended, its time is up, or another program answers on its port;
 * the signal's reason where that says no.
 */
export async function untilReady(server: RunningServer, recipe: ServerRecipe, signal?: AbortSignal): Promise<number> {
  const polling = new AbortController()
  const stopped = signal ? AbortSignal.any([polling.signal, signal]) : polling.signal
  let startMs: number
  try {
    startMs = await Promise.race([answering(server, recipe, stopped), tooEarlyAnEnd(server, recipe)])
  } finally {
    polling.abort()
  }
  const stranger = await server.portTakenBy()
  if (stranger !== undefined) throw failed(server, recipe, `${stranger} answers at ${server.url} in its place`)
  return startMs
}

async function answering(server: RunningServer, recipe: ServerRecipe, signal: AbortSignal): Promise<number> {
  const url = server.url + recipe.readyPath
  let last = 'nothing'
  while (monotonicMs() - server.startedAtMs < recipe.startLimitMs) {
    const answer = await ask(url, signal)
    if (answer === 200) return monotonicMs() - server.startedAtMs
    signal.throwIfAborted()
    last = String(answer)
    await delay(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
  const limit = `within ${recipe.startLimitMs / 1e3} s`
  throw failed(server, recipe, `${url} did not answer with 200 ${limit}; last it answered ${last}`)
}

async function tooEarlyAnEnd(server: RunningServer, recipe: ServerRecipe): Promise<never> {
  const how = await server.ended
  const hint = server.log.says(portTaken)
    ? `. Its port (${new URL(server.url).port}) was taken by another program: start again, and give no port of your own`
    : ''
  throw failed(server, recipe, how + hint)
}

const failed = (server: RunningServer, recipe: ServerRecipe, reason: string): Error =>
  startError(recipe.title, server.runsAs, reason, server.log)

/** The status, or why there is none. */
async function ask(url: string, signal: AbortSignal): Promise<number | string> {
  try {
    const limit = AbortSignal.timeout(answerLimitMs)
    const response = await fetch(url, { signal: AbortSignal.any([signal, limit]), redirect: 'manual' })
    await response.body?.cancel()
    return response.status
  } catch (error) {
    if (!(error instanceof Error)) return String(error)
    return error.cause instanceof Error ? error.cause.message : error.message
  }
}
