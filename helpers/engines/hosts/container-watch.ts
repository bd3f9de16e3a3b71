import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { absent, type Measured, measured } from '../../measured.ts'
import { type Container, type ContainerFacts, hasStatus, messageOf } from './docker.ts'
import { exitReason } from './exit-reason.ts'
import type { ServerLog } from './server-log.ts'

/** What the log of a container that others started is read back. */
const linesBefore = 200
const pollMs = 25

/** Every line of a container's log from now on; for one that is not started yet, from its first. */
export async function attachLog(container: Container, log: ServerLog): Promise<void> {
  const stream = await container.attach({ stream: true, stdout: true, stderr: true })
  split(container, stream, log)
}

/** The last lines of a running container's log, and every further one until the signal says no. */
export async function followLog(container: Container, log: ServerLog, abortSignal: AbortSignal): Promise<void> {
  const options = { follow: true, stdout: true, stderr: true, tail: linesBefore, abortSignal } as const
  const [{ Config }, stream] = await Promise.all([container.inspect(), container.logs(options)])
  stream.on('error', () => {})
  // A terminal has one output and no frames.
  if (Config.Tty) log.follow(stream.pipe(new PassThrough()))
  else split(container, stream, log)
}

function split(container: Container, stream: NodeJS.ReadableStream, log: ServerLog): void {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  container.modem.demuxStream(stream, stdout, stderr)
  const end = (): void => {
    stdout.end()
    stderr.end()
  }
  for (const event of ['end', 'close', 'error']) stream.once(event, end)
  log.follow(stdout)
  log.follow(stderr)
}

/** Resolves with how it ended, once it has been started and has ended, or the signal says no. Never rejects. */
export async function containerEnded(container: Container, abortSignal?: AbortSignal): Promise<string> {
  try {
    while ((await container.inspect()).State.Status === 'created') await delay(pollMs)
    const { StatusCode } = await container.wait({ condition: 'not-running', ...(abortSignal && { abortSignal }) })
    const facts = await container.inspect().catch(() => undefined)
    return facts ? describeEnd(facts) : `${exitReason(StatusCode, null)}, and it was removed`
  } catch (error) {
    return hasStatus(error, 404) ? 'it was removed' : `Docker no longer tells of it (${messageOf(error)})`
  }
}

/** For people: the exit code, and whether memory was why. Of a container that has ended. */
export function describeEnd({ State, HostConfig }: Pick<ContainerFacts, 'State' | 'HostConfig'>): string {
  const code = `exit code ${State.ExitCode}`
  if (State.OOMKilled) {
    const limit = HostConfig.Memory
    const whose = limit ? `the container's limit of ${Math.round(limit / 2 ** 20)} MiB` : 'the memory of the machine'
    return `out of memory (${code}): ${whose} was used up, and the kernel ended it`
  }
  if (State.Error) return `${code}, ${State.Error}`
  return exitReason(State.ExitCode, null)
}

/**
 * The container's main process as this machine numbers it. Absent where the daemon runs in a virtual machine or on
 * another one: there the number means nothing here, so it must show in /proc as the container's.
 */
export async function containerPid(container: Container): Promise<Measured<number>> {
  let info: ContainerFacts
  try {
    info = await container.inspect()
  } catch (error) {
    return absent(`the container cannot be inspected: ${messageOf(error)}`)
  }
  const { Pid: pid, Running: running } = info.State
  if (!running || pid === 0) return absent(`the container ${shortId(info.Id)} is not running`)
  const path = `/proc/${pid}/cgroup`
  try {
    if (readFileSync(path, 'utf8').includes(info.Id)) return measured(pid)
  } catch (error) {
    return absent(`the container's process ${pid} is not to be seen from here: ${messageOf(error)}`)
  }
  return absent(`process ${pid} of this machine is not the container's: its daemon counts processes apart (${path})`)
}

export const shortId = (id: string): string => id.slice(0, 12)
