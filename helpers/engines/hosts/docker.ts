import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { ContainerRuntimeClient } from 'testcontainers'
import { EngineStartError } from '../../errors.ts'

export type DockerClient = ContainerRuntimeClient
export type Container = ReturnType<DockerClient['container']['getById']>
/** What `docker inspect` says of a container. */
export type ContainerFacts = Awaited<ReturnType<Container['inspect']>>

export type DockerState =
  | { state: 'running'; version: string /** Names of its runtimes: `runc`, `nvidia`. */; runtimes: string[] }
  | { state: 'absent'; reason: string }

/** Where a daemon that does not answer is given up. */
const answerLimitMs = 15_000

/** Whether containers can be started here, and if not why, with what to do. Never throws. */
export async function dockerState(): Promise<DockerState> {
  const found = await findDocker()
  if (found.state === 'absent') return found
  const { serverVersion, runtimes } = found.client.info.containerRuntime
  return { state: 'running', version: String(serverVersion), runtimes }
}

/** @throws EngineStartError that says what was being done and why there is no Docker. */
export async function requireDocker(purpose: string): Promise<ContainerRuntimeClient> {
  const found = await findDocker()
  if (found.state === 'running') return found.client
  throw new EngineStartError(`${purpose} needs Docker: ${found.reason}`)
}

type Found = { state: 'running'; client: ContainerRuntimeClient } | { state: 'absent'; reason: string }

async function findDocker(): Promise<Found> {
  let testcontainers: typeof import('testcontainers')
  try {
    testcontainers = await import('testcontainers')
  } catch (error) {
    const hint = 'Install it (npm install --save-dev testcontainers; it needs Node 22.22 or newer).'
    return { state: 'absent', reason: `the package testcontainers cannot be loaded: ${String(error)}. ${hint}` }
  }
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not answer within ${answerLimitMs / 1e3} s`)), answerLimitMs)
  })
  try {
    // It remembers the daemon that it found, and does not ask again.
    const client = await Promise.race([testcontainers.getContainerRuntimeClient(), limit])
    await Promise.race([client.container.dockerode.ping(), limit])
    return { state: 'running', client }
  } catch (error) {
    return { state: 'absent', reason: await whyAbsent(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** testcontainers says only that nothing works; the socket says more. */
async function whyAbsent(error: unknown): Promise<string> {
  const address = process.env.DOCKER_HOST
  if (address !== undefined && !address.startsWith('unix://')) {
    return `no daemon answers at DOCKER_HOST=${address}, nor at the usual sockets (${messageOf(error)}). Start it, or set DOCKER_HOST right.`
  }
  const paths = address === undefined ? usualSockets() : [address.slice('unix://'.length)]
  const path = paths.find(candidate => existsSync(candidate)) ?? paths[0] ?? ''
  return (await socketTrouble(path)) ?? `the daemon behind ${path} does not work: ${messageOf(error)}.`
}

/** Why nobody answers at a Unix socket; undefined where somebody does. */
export async function socketTrouble(path: string): Promise<string | undefined> {
  const code = await new Promise<string | undefined>(resolve => {
    const socket = connect({ path })
    socket.once('connect', () => resolve(undefined))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.once('connect', () => socket.destroy())
  })
  if (code === undefined) return undefined
  const reasons: Record<string, string> = {
    ENOENT: `there is no ${path}. Install Docker, or set DOCKER_HOST to the address of its daemon.`,
    ECONNREFUSED: `its daemon is not running (nobody listens on ${path}). Start it: sudo systemctl start docker.`,
    EACCES:
      `this user may not use ${path} (permission denied). ` +
      `Add the user to its group, then log in again: sudo usermod -aG docker ${userInfo().username}.`,
  }
  return reasons[code] ?? `${path} cannot be used (${code}).`
}

function usualSockets(): string[] {
  const { uid } = userInfo()
  const runtimeFolder = process.env.XDG_RUNTIME_DIR ?? `/run/user/${uid}`
  return ['/var/run/docker.sock', join(runtimeFolder, 'docker.sock'), join(homedir(), '.docker/run/docker.sock')]
}

/** Without dockerode's own words around the daemon's. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim()
}

/** The daemon's answer was this status: 404, no such container or image. */
export const hasStatus = (error: unknown, ...statuses: number[]): boolean =>
  error instanceof Error && 'statusCode' in error && statuses.includes(Number(error.statusCode))
