/** Records several engine starts as a baseline: `npm run baseline -- --help`. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type Baseline,
  checkHardwareId,
  dropRunsBefore,
  leastStarts,
  ratchet,
  readBaseline,
  replaceBaseline,
} from '../helpers/baselines/index.ts'
import { minimumEffectOf, notRecorded } from '../helpers/batches/index.ts'
import { BadInputError, exitCodes } from '../helpers/errors.ts'
import { runProgram } from '../helpers/program/index.ts'
import { readResults } from '../helpers/reporting/index.ts'

const help = `Records a baseline: runs the specs several times, each on a fresh engine start, and adds each start's samples
to baselines/<hardware>/<engine>--<model>.json.

  npm run baseline -- [--starts 5] [--improved | --replace] [--hardware id] [filter…]

  --starts n      engine starts to record, 1 to 7 (default 5); a comparison needs 3
  --improved      ratchet: afterwards keep the new starts of the metrics that improved, in place of their old ones, and
                  leave every other metric as it was. Needs 3 starts or more
  --replace       afterwards forget the older starts of all metrics that were recorded: for a deliberate change of
                  speed. Without either the newest 7 starts are kept
  --hardware id   name of this machine's folder, as PERF_HARDWARE
  --help          this text
  filter          which specs, as for vitest (default perf/)

Every other option comes from the PERF_… variables. Stops at the first run that does not end with 0, with its exit
code: what a failing engine measured is no baseline. While recording, a difference to the old baseline is no failure.
A start on a disturbed host is not recorded; it is made again, in all as many times as starts are asked for. A server
behind PERF_ENGINE_URL is never restarted: one start at a time (the default there), and restart it yourself in between.

Exit code: 0; 2 for a wrong option; 3 where fewer starts were recorded than asked for; else that of the run that failed.
`

interface Options {
  starts: number
  /** What becomes of the older starts. */
  older: 'kept' | 'replaced' | 'replaced where improved'
  hardware: string | null
  filters: string[]
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), process.env.PERF_ENGINE_URL || null)
  if (options === 'help') {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const before = new Map(baselineFiles().map(file => [file, stored(file)]))
  const began = new Date()
  const { exitCode, unrecorded } = await record(options)
  const written = writtenSince(began)
  const isComplete = exitCode === exitCodes.ok && unrecorded.length === 0 && written.length > 0
  const notes = written.flatMap(file => settle(file, before.get(file) ?? null, began, isComplete, options))
  const end = isComplete ? 'Review the difference and commit it.' : 'The recording is not complete.'
  console.error(['', ...describe(written), ...notes, ...unrecorded.map(line => `  ${line}`), end].join('\n'))
  return exitCode === exitCodes.ok && !isComplete ? exitCodes.couldNotMeasure : exitCode
}

function readOptions(args: string[], engineUrl: string | null): Options | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const { starts = engineUrl === null ? '5' : '1' } = values
  if (!/^[1-7]$/.test(starts)) throw badArgument(`--starts is ${JSON.stringify(starts)}; allowed: 1 to 7`)
  if (engineUrl !== null && Number(starts) > 1)
    throw badArgument(
      `--starts is ${starts}, but a server behind PERF_ENGINE_URL is not restarted, and the noise between its starts would stay ` +
        'unknown; allowed there: 1. Restart the server, record one, and so on',
    )
  if (values.improved && values.replace) throw badArgument('--improved and --replace exclude each other')
  if (values.improved && Number(starts) < leastStarts)
    throw badArgument(`--improved with --starts ${starts}; allowed with it: ${leastStarts} to 7`)
  const strayOption = positionals.find(filter => filter.startsWith('-'))
  if (strayOption !== undefined) throw badArgument(`${JSON.stringify(strayOption)} is no filter`)
  if (values.hardware !== undefined) checkHardwareId(values.hardware)
  return {
    starts: Number(starts),
    older: values.improved ? 'replaced where improved' : values.replace ? 'replaced' : 'kept',
    hardware: values.hardware ?? null,
    filters: positionals.length > 0 ? positionals : ['perf/'],
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        starts: { type: 'string' },
        improved: { type: 'boolean', default: false },
        replace: { type: 'boolean', default: false },
        hardware: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw badArgument(error instanceof Error ? error.message : String(error))
  }
}

const badArgument = (what: string) =>
  new BadInputError(`npm run baseline: ${what}. See \`npm run baseline -- --help\`; nothing was run.`)

/** Ends at the first failing run; `unrecorded` says what the others did not record, and why. */
async function record({ starts, hardware, filters }: Options): Promise<{ exitCode: number; unrecorded: string[] }> {
  const unrecorded: string[] = []
  // A server behind a URL would be measured again without a restart: that is no start of its own.
  const mostRuns = process.env.PERF_ENGINE_URL ? starts : 2 * starts
  let recorded = 0
  for (let run = 1; recorded < starts && run <= mostRuns; run++) {
    const start = recorded + 1
    console.error(`\nbaseline: engine start ${start} of ${starts}`)
    const began = Date.now()
    const exitCode = await runVitest(filters, hardware)
    if (exitCode !== exitCodes.ok) {
      console.error(`\nbaseline: start ${start} of ${starts} ended with exit code ${exitCode}; no more were run.`)
      return { exitCode, unrecorded }
    }
    const missing = unrecordedSince(began)
    if (missing.length === 0) recorded++
    else unrecorded.push(...missing.map(line => `start ${start}: ${line}`))
    if (missing.length > 0 && run < mostRuns) console.error(`\nbaseline: start ${start} is made again: ${missing[0]}`)
  }
  return { exitCode: exitCodes.ok, unrecorded: recorded === starts ? [] : unrecorded }
}

/** What the run that has just ended would have recorded on a quiet host. */
function unrecordedSince(beganMs: number): string[] {
  const latest = join(process.env.PERF_OUTPUT || '.vitest/perf', 'latest')
  if (!existsSync(latest)) return []
  const { startedAt, items } = readResults(latest)
  if (Date.parse(startedAt) < beganMs) return []
  return items.flatMap(({ id, reason = '' }) => (reason.startsWith(notRecorded) ? [`${id} ${reason}`] : []))
}

function runVitest(filters: string[], hardware: string | null): Promise<number> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const env = hardware === null ? process.env : { ...process.env, PERF_HARDWARE: hardware }
  const child = spawn(process.execPath, [vitest, 'run', ...filters, '-u'], { stdio: 'inherit', env })
  // A terminal sends Ctrl-C to vitest as well; others signal only this process. Either way vitest ends first.
  const interrupt = () => {}
  const terminate = () => child.kill('SIGTERM')
  process.on('SIGINT', interrupt).on('SIGTERM', terminate)
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  }).finally(() => process.off('SIGINT', interrupt).off('SIGTERM', terminate))
}

function baselineFiles(): string[] {
  const root = join(process.cwd(), 'baselines')
  const all = existsSync(root) ? readdirSync(root, { recursive: true, encoding: 'utf8' }) : []
  return all
    .filter(name => name.endsWith('.json'))
    .map(name => join(root, name))
    .sort()
}

/** Baseline files that were renamed into place since then. */
const writtenSince = (began: Date): string[] =>
  baselineFiles().filter(file => statSync(file).mtimeMs >= began.getTime() - clockGrainMs)

// File times are taken from a clock that ticks in steps of up to 10 ms, so a new file can look a little older than it is.
const clockGrainMs = 20

function stored(file: string): Baseline | null {
  const read = readBaseline(file)
  return read.state === 'read' ? read.baseline : null
}

/** Does with the older starts of a file what was asked for, and says so. */
function settle(file: string, before: Baseline | null, began: Date, isComplete: boolean, { older }: Options): string[] {
  const after = stored(file)
  if (older === 'kept' || after === null) return []
  if (older === 'replaced') {
    if (isComplete) dropRunsBefore(file, began)
    return isComplete ? [] : ['The older starts were kept.']
  }
  if (!isComplete) {
    if (before !== null) replaceBaseline(file, before)
    return before === null ? [] : [`${relative(process.cwd(), file)} is as it was before.`]
  }
  const effectOf = (metric: string) => minimumEffectOf(metric, after.model.scale)
  const { baseline, metrics } = ratchet({ before, after, since: began, effectOf })
  replaceBaseline(file, baseline)
  return metrics.map(({ metric, line }) => `    ${metric}: ${line}`)
}

function describe(files: string[]): string[] {
  if (files.length === 0) return ['baseline: nothing was written.']
  const lines = files.map(file => {
    const metrics = Object.values(stored(file)?.metrics ?? {})
    const starts = metrics.map(metric => metric.runs.length)
    return `  ${relative(process.cwd(), file)}: ${metrics.length} metrics, ${Math.min(...starts)} to ${Math.max(...starts)} starts each`
  })
  return ['baseline:', ...lines]
}

await runProgram(main)
