import { rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { EngineStartError } from '../../errors.ts'
import { measured } from '../../measured.ts'
import { listeningProcess, processIdentity, processTree } from '../../processes/index.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { freePort } from './free-port.ts'
import { GuardedProcess } from './guarded-process.ts'
import { programPath } from './program-path.ts'
import type { RunningServer } from './running-server.ts'
import { scratchFolder } from './scratch-folder.ts'
import { ServerLog } from './server-log.ts'
import type { ServerRecipe } from './server-recipe.ts'

const graceMs = 5_000

/** Starts the recipe's program of this machine on a free port of 127.0.0.1. */
export async function startBinary(recipe: ServerRecipe, further: string[]): Promise<RunningServer> {
  const path = programPath(recipe.program)
  if (path === undefined) {
    throw new EngineStartError(
      `${recipe.title} cannot be started: there is no program ${recipe.program} on the PATH. Install it, start a ` +
        'container (PERF_ENGINE_START=container), or measure a running server (PERF_ENGINE_URL).',
    )
  }
  const port = await freePort()
  const place = { host: '127.0.0.1', port, path: (local: string) => resolve(local) }
  const words = [...recipe.arguments(place), ...further]
  const log = new ServerLog(line => recipe.onLogLine?.(line))
  const folder = await scratchFolder()
  const inherited = cleanEnvironment()
  const environment = {
    ...inherited,
    ...(folder !== undefined && temporaryFilesIn(folder, inherited)),
    ...recipe.environment(place),
  }
  const launch = { program: path, arguments: words, environment, graceMs, ...(folder !== undefined && { folder }) }
  const server = await GuardedProcess.start(launch, log).catch(async error => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    throw error
  })
  return {
    runsAs: `binary ${path}`,
    commandLine: [path, ...words],
    url: `http://127.0.0.1:${port}`,
    startedAtMs: server.startedAtMs,
    log,
    ended: server.ended,
    rootPid: async () => measured(server.pid),
    async portTakenBy() {
      const holder = await listeningProcess(port)
      // What cannot be seen is no proof against the server.
      if (holder.state === 'absent' || processTree(server.pid).includes(holder.value)) return undefined
      const identity = processIdentity(holder.value)
      return identity.state === 'measured' ? `process ${holder.value} (${identity.value.command})` : undefined
    },
    stop: () => server.stop(),
  }
}

/** PyTorch's compiled kernels lie among them unless told, and are to outlive a start. */
function temporaryFilesIn(folder: string, inherited: Record<string, string>) {
  const { TORCHINDUCTOR_CACHE_DIR = join(tmpdir(), `torchinductor_${userInfo().username}`) } = inherited
  return { TMPDIR: folder, TORCHINDUCTOR_CACHE_DIR }
}
