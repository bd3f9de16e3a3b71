import { randomBytes } from 'node:crypto'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cleanEnvironment, freePort, GuardedProcess, programPath, ServerLog } from '../engines/hosts/index.ts'
import { withLog } from '../engines/log-text.ts'
import { EngineStartError, PerfError } from '../errors.ts'
import { JobsClient } from './jobs-client.ts'

/** Nothing of it is to be kept. Asked to end, some of its processes wait for others that have ended: 20 s were not enough. */
const GRACE_MS = 2_000
const START_LIMIT_MS = 120_000
const POLL_MS = 250
/** Of logical CPUs, which every task and actor of a pipeline holds a part of: with four a job waits for itself. */
const LEAST_CPUS = 8
/** Ray would take 30 % of the host's memory for its objects; rows of text need little. */
const STORE_BYTES = 512 * 2 ** 20
/** Beyond that a socket's path is too long for the kernel (107 characters), with what Ray puts behind it. */
const LONGEST_FOLDER = 40

/** A Ray of one node on this machine. */
export interface LocalRay extends AsyncDisposable {
  client: JobsClient
  /** Root of all of its processes. */
  pid: number
  /** Resolves with how it ended, its last log lines included, if that was not by our asking. */
  died: Promise<Error>
}

/**
 * Starts `ray` from the PATH. Its dashboard listens on 127.0.0.1; Ray's own ports listen on all addresses, which nothing in
 * Ray 2.60 changes, and want the token that is drawn here. It ends with its scope or with this process, whatever ends that,
 * and its folder with it.
 *
 * @throws EngineStartError with what was found and the last log lines.
 */
export async function startLocalRay(signal?: AbortSignal): Promise<LocalRay> {
  signal?.throwIfAborted()
  const program = programPath('ray')
  if (program === undefined) {
    throw new EngineStartError(
      'PERF_RAY=local starts Ray, and there is no program `ray` on the PATH. Install ray[default,data] into the environment that has vLLM and put its programs on the PATH, or name a cluster: PERF_RAY=http://<head node>:8265.',
    )
  }
  const folder = await mkdtemp(join(tmpdir(), 'perf-ray-'))
  const token = randomBytes(24).toString('hex')
  const log = new ServerLog()
  try {
    const [port, dashboardPort, agentPort, clientPort] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ])
    if (folder.length > LONGEST_FOLDER) {
      throw new EngineStartError(
        `Ray's sockets cannot lie in ${folder}: the path is too long for the kernel. Set TMPDIR to a shorter one, such as /tmp.`,
      )
    }
    const words = [
      ...['start', '--head', '--block', '--disable-usage-stats', '--temp-dir', folder],
      ...['--port', String(port), '--ray-client-server-port', String(clientPort)],
      ...['--dashboard-host', '127.0.0.1', '--dashboard-port', String(dashboardPort)],
      ...['--dashboard-agent-listen-port', String(agentPort)],
      // Any free ones, in place of a range that another Ray may use.
      ...['--min-worker-port', '0', '--max-worker-port', '0'],
      ...['--num-cpus', String(Math.max(LEAST_CPUS, availableParallelism()))],
      ...['--object-store-memory', String(STORE_BYTES)],
    ]
    const { RAY_ADDRESS: _address, ...inherited } = cleanEnvironment()
    // A job's `python` is the one that has Ray, whose own program may be linked to from elsewhere.
    const path = [dirname(await realpath(program)), inherited.PATH ?? ''].join(delimiter)
    const environment = { ...inherited, PATH: path, TMPDIR: folder, RAY_AUTH_MODE: 'token', RAY_AUTH_TOKEN: token }
    const launch = { program, arguments: words, environment, graceMs: GRACE_MS, folder }
    const server = await GuardedProcess.start(launch, log)
    const client = new JobsClient(`http://127.0.0.1:${dashboardPort}`, token)
    let stopping = false
    const stop = async (): Promise<void> => {
      stopping = true
      await server.stop()
    }
    const ended = server.ended.then(
      how => new EngineStartError(withLog(`Ray (${program}) ended on its own: ${how}.`, log.tail())),
    )
    const died = new Promise<Error>(resolve => void ended.then(error => stopping || resolve(error)))
    try {
      await Promise.race([untilUp(client, log, signal), died.then(error => Promise.reject(error))])
    } catch (error) {
      await stop()
      throw error
    }
    return { client, pid: server.pid, died, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Its dashboard answers before its node is there, which would be a cluster with nothing. */
async function untilUp(client: JobsClient, log: ServerLog, signal?: AbortSignal): Promise<void> {
  const startedAt = performance.now()
  let last = 'nothing'
  while (performance.now() - startedAt < START_LIMIT_MS) {
    signal?.throwIfAborted()
    try {
      const nodes = await client.nodes()
      if (nodes.some(({ state }) => state === 'ALIVE')) return
      last = 'no node is there yet'
    } catch (error) {
      if (!(error instanceof PerfError)) throw error
      last = error.message
    }
    await delay(POLL_MS)
  }
  throw new EngineStartError(withLog(`Ray was not up within ${START_LIMIT_MS / 1e3} s: ${last}.`, log.tail()))
}
