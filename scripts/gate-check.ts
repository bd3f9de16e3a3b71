/** Tries the gate itself, end to end: `npm run gate:check -- --help`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { exitCodes } from '../helpers/errors.ts'
import { plantSlowdown, requiredOf } from '../helpers/gate/index.ts'

const help = `Tries the gate itself, in a copy of this project, on the embedded engine: records a baseline, then runs the gate as
.github/workflows/perf-gate.yml does, with the criteria that it requires, and holds each exit code against the one that must come.

  npm run gate:check

Takes some minutes, and needs a machine that does nothing else. Nothing is written outside of a temporary folder.

Exit code: 0; 1 where a step ended otherwise than it must; 3 where it could not be tried, for instance because other processes
disturbed the measurement.
`

/** The smallest spec that has baselines. */
const SPEC = 'perf/multi-batch/sequential-batches'
const STARTS = 5
const FACTOR = 1.2
const project = join(import.meta.dirname, '..')

interface Ended {
  exitCode: number
  seconds: number
  /** stdout and stderr together. */
  text: string
}

interface Step {
  title: string
  exitCode: number
  /** What the gate must have said, beside its exit code. */
  says: RegExp
  run: () => Promise<Ended>
}

async function check(): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), 'gate-check-'))
  try {
    const copy = copyOfProject(join(root, 'project'))
    const required = requiredOf(readFileSync(join(copy, '.github/workflows/perf-gate.yml'), 'utf8'))
    const env = {
      ...clean(process.env),
      PERF_BATCHES: '2',
      PERF_REQUIRE: required.join(','),
      PERF_OUTPUT: join(root, 'results'),
    }
    console.log(`Gate check · a copy of the project, embedded engine, ${SPEC}`)
    const recorded = await ended(
      start(copy, ['scripts/baseline.ts', '--starts', String(STARTS), SPEC], { ...env, PERF_REQUIRE: '' }),
    )
    console.log(`  baseline of ${STARTS} engine starts: ${recorded.seconds.toFixed(0)} s`)
    if (recorded.exitCode !== exitCodes.ok) {
      blame(recorded, 'the baseline could not be recorded')
      return exitCodes.couldNotMeasure
    }
    for (const step of steps(copy, root, env)) {
      const found = await step.run()
      const isRight = found.exitCode === step.exitCode && step.says.test(found.text)
      console.log(`  ${isRight ? '✓' : '✗'} ${step.title}: exit code ${found.exitCode} · ${found.seconds.toFixed(0)} s`)
      console.log(
        saidBy(found)
          .map(line => `      ${line}`)
          .join('\n'),
      )
      if (isRight) continue
      blame(found, `${step.title}: exit code ${step.exitCode} and ${step.says} must come`)
      // A measurement that could not be made is no word on the gate.
      return found.exitCode === step.exitCode || found.exitCode !== exitCodes.couldNotMeasure
        ? exitCodes.failed
        : exitCodes.couldNotMeasure
    }
    return exitCodes.ok
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function steps(copy: string, root: string, env: NodeJS.ProcessEnv): Step[] {
  const gate = (more: NodeJS.ProcessEnv = {}) => start(copy, ['scripts/gate.ts', SPEC], { ...env, ...more })
  return [
    { title: 'unchanged', exitCode: exitCodes.ok, says: /exit code 0, passed/, run: () => ended(gate()) },
    {
      title: `every answer ${((FACTOR - 1) * 100).toFixed(0)} % slower`,
      exitCode: exitCodes.failed,
      says: /regression confirmed on a second start/,
      run: async () => {
        const takeBack = plantSlowdown(copy, FACTOR)
        return ended(gate()).finally(takeBack)
      },
    },
    {
      title: 'an engine that ends as it starts',
      exitCode: exitCodes.couldNotMeasure,
      says: /exit code 3, could not measure/,
      run: () => ended(gate({ PERF_ENGINE: 'llama-server', PERF_ENGINE_START: 'binary', PATH: brokenEngine(root) })),
    },
    {
      title: 'an option that is wrong',
      exitCode: exitCodes.badInput,
      says: /exit code 2, bad input/,
      run: () => ended(gate({ PERF_PROFILE: 'fast' })),
    },
    {
      title: 'cancelled while it measures',
      exitCode: exitCodes.interrupted,
      says: /exit code 130, interrupted/,
      run: async () => {
        const output = join(root, 'cancelled')
        const run = gate({ PERF_OUTPUT: output })
        const end = ended(run)
        await recordsUnder(output, run)
        run.kill('SIGINT')
        return await end
      },
    },
  ]
}

/** What belongs to the project: tracked, or new and not ignored. */
function copyOfProject(target: string): string {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: project,
    encoding: 'utf8',
  })
  for (const name of listed.split('\0').filter(name => name !== '' && existsSync(join(project, name))))
    cpSync(join(project, name), join(target, name))
  rmSync(join(target, 'baselines'), { recursive: true, force: true })
  mkdirSync(join(target, 'baselines'))
  symlinkSync(join(project, 'node_modules'), join(target, 'node_modules'))
  return target
}

/** A PATH whose llama-server is one that no GPU would start. */
function brokenEngine(root: string): string {
  const program = join(root, 'bin/llama-server')
  mkdirSync(dirname(program), { recursive: true })
  writeFileSync(program, '#!/bin/sh\necho "no usable GPU found" >&2\nexit 1\n', { mode: 0o755 })
  return `${dirname(program)}:${process.env.PATH}`
}

/** Without options of a run, and without what GitHub or vitest told this process. */
const clean = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(PERF_|GITHUB_|VITEST)/.test(name)))

const start = (cwd: string, args: string[], env: NodeJS.ProcessEnv): ChildProcess =>
  spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })

async function ended(child: ChildProcess): Promise<Ended> {
  const began = performance.now()
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  const exitCode = code ?? 128 + constants.signals[signal ?? 'SIGKILL']
  return { exitCode, seconds: (performance.now() - began) / 1000, text }
}

/** Resolves when requests are being answered, or the run is over. */
async function recordsUnder(folder: string, run: ChildProcess): Promise<void> {
  const hasRecords = () =>
    existsSync(folder) &&
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).some(name => name.endsWith('.records.jsonl'))
  while (run.exitCode === null && run.signalCode === null && !hasRecords()) await wait(100)
}

/** The lines in which the gate, and the suite before it, said why. */
const saidBy = ({ text }: Ended): string[] =>
  text
    .split('\n')
    .filter(line => /^Gate |^ Exit code|regression confirmed on a second start/.test(line))
    .map(line => line.trim())

function blame({ exitCode, text }: Ended, what: string): void {
  console.error(`\n${text}\ngate check: ${what}; the run above ended with exit code ${exitCode}.`)
}

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h', default: false } } })
if (values.help) process.stdout.write(help)
else process.exitCode = await check()
