import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isAlive, processTree } from '../processes/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const vitest = join(root, 'node_modules/vitest/vitest.mjs')

/** `vitest run <filter>`, or its UI, of this project in a process of its own, its results in a temporary folder. */
export interface PerfRun extends AsyncDisposable {
  readonly child: ChildProcess
  readonly output: string
  /** Everything printed so far. */
  text(): string
  /** Its exit code, or 128 + the signal's number as a shell says it. */
  ended(): Promise<number>
  /** Finished requests on disk. */
  records(): Record<string, unknown>[]
  results(): Record<string, unknown>
  /** All processes of the run that are alive now, vitest included. */
  processes(): number[]
  /** Resolves when the condition holds; rejects when the run ends first. */
  until(condition: () => boolean): Promise<void>
}

export interface PerfRunSettings {
  /** The project's folder; this one by default. */
  folder?: string
  /** More arguments for vitest. */
  options?: string[]
  /** In the live UI, which stays after the run: `ended()` comes only when it is ended. */
  ui?: boolean
  /** No file may grow beyond this, as on a disk that is full. */
  fileLimitKiB?: number | null
}

export async function startPerfRun(
  filter: string,
  environment: Record<string, string> = {},
  { folder = root, options = [], ui = false, fileLimitKiB = null }: PerfRunSettings = {},
): Promise<PerfRun> {
  const output = await mkdtemp(join(tmpdir(), 'perf-run-'))
  const limit = fileLimitKiB === null ? '' : `ulimit -f ${fileLimitKiB}; `
  const mode = ui ? ['--ui', '--watch', '--open=false'] : ['run']
  const command = [process.execPath, vitest, ...mode, filter, ...options]
  const child = spawn('bash', ['-c', `${limit}exec "$0" "$@"`, ...command], {
    cwd: folder,
    env: { ...outsideOfVitest(), PERF_OUTPUT: output, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      text += chunk
    })
  }
  const exit = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const pid = child.pid ?? 0
  return {
    child,
    output,
    text: () => text,
    ended: async () => {
      const [code, signal] = await exit
      return code ?? 128 + (signal === 'SIGKILL' ? 9 : signal === 'SIGINT' ? 2 : 15)
    },
    records: () =>
      filesEndingWith(output, '.records.jsonl')
        .flatMap(readLines)
        .filter(line => 'id' in line),
    results: () => JSON.parse(readFileSync(join(output, 'latest/results.json'), 'utf8')),
    processes: () => [pid, ...processTree(pid)].filter(pid => isAlive(pid)),
    until: async condition => {
      while (!condition()) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`the run ended before the condition held:\n${text}`)
        await wait(20)
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const left of [pid, ...processTree(pid)].filter(pid => isAlive(pid))) process.kill(left, 'SIGKILL')
      await exit
      await rm(output, { recursive: true, force: true })
    },
  }
}

/** A project that uses this one as a package would be used: a configuration, and specs by name. Removed when disposed. */
export async function perfProject(specs: Record<string, string>): Promise<AsyncDisposable & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'perf-project-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(
    join(folder, 'vitest.config.ts'),
    `import { definePerfConfig } from '${root}helpers/config/define-perf-config.ts'\nexport default definePerfConfig()\n`,
  )
  await mkdir(join(folder, 'perf'))
  for (const [name, text] of Object.entries(specs)) await writeFile(join(folder, 'perf', name), text)
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** Where a spec of another project imports the helpers from. */
export const helpers = `${root}helpers`

/** Resolves when none of them is alive any more; rejects with those that are, after a while. */
export async function allGone(pids: number[]): Promise<void> {
  const deadline = performance.now() + 10_000
  while (pids.some(pid => isAlive(pid))) {
    if (performance.now() > deadline) throw new Error(`still alive: ${pids.filter(pid => isAlive(pid)).join(', ')}`)
    await wait(20)
  }
}

/** The environment without what vitest put there for this process, and without options of a run. */
function outsideOfVitest(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|PERF_|NODE_OPTIONS|TEST$|MODE$|DEV$|PROD$|SSR$|BASE_URL$|GITHUB_)/.test(name),
  )
  return Object.fromEntries(inherited)
}

function filesEndingWith(folder: string, end: string): string[] {
  const runs = join(folder, 'runs')
  if (!existsSync(runs)) return []
  return readdirSync(runs, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith(end))
    .map(name => join(runs, name))
}

/** Whole lines only: the last one may still be on its way. */
function readLines(file: string): Record<string, unknown>[] {
  const text = readFileSync(file, 'utf8')
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
}
