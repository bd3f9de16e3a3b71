/** Records several engine starts as a baseline: `npm run baseline -- --help`. */
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { checkHardwareId, dropRunsBefore, readBaseline } from '../helpers/baselines/index.ts'
import { BadInputError, exitCodes, PerfError } from '../helpers/errors.ts'

const help = `Records a baseline: runs the specs several times, each on a fresh engine start, and adds each start's samples
to baselines/<hardware>/<engine>--<model>.json.

  npm run baseline -- [--starts 5] [--replace] [--hardware id] [filter…]

  --starts n      engine starts to record, 1 to 7 (default 5); a comparison needs 3
  --replace       afterwards forget the older starts of the metrics that were recorded: for a deliberate change of
                  speed. Without it the newest 7 starts are kept
  --hardware id   name of this machine's folder, as PERF_HARDWARE
  --help          this text
  filter          which specs, as for vitest (default perf/)

Every other option comes from the PERF_… variables. Stops at the first run that does not end with 0, with its exit
code: what a failing engine measured is no baseline. While recording, a difference to the old baseline is no failure.
`

interface Options {
  starts: number
  replace: boolean
  hardware: string | null
  filters: string[]
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const began = new Date()
  const exitCode = await record(options)
  const written = writtenSince(began)
  if (exitCode === exitCodes.ok && options.replace) for (const file of written) dropRunsBefore(file, began)
  console.error(describeWritten(written, exitCode))
  return exitCode
}

function readOptions(args: string[]): Options | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  if (!/^[1-7]$/.test(values.starts)) throw badArgument(`--starts is ${JSON.stringify(values.starts)}; allowed: 1 to 7`)
  const strayOption = positionals.find(filter => filter.startsWith('-'))
  if (strayOption !== undefined) throw badArgument(`${JSON.stringify(strayOption)} is no filter`)
  if (values.hardware !== undefined) checkHardwareId(values.hardware)
  return {
    starts: Number(values.starts),
    replace: values.replace,
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
        starts: { type: 'string', default: '5' },
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

async function record({ starts, hardware, filters }: Options): Promise<number> {
  for (let start = 1; start <= starts; start++) {
    console.error(`\nbaseline: engine start ${start} of ${starts}`)
    const exitCode = await runVitest(filters, hardware)
    if (exitCode !== exitCodes.ok) {
      console.error(`\nbaseline: start ${start} of ${starts} ended with exit code ${exitCode}; no more were run.`)
      return exitCode
    }
  }
  return exitCodes.ok
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

/** Baseline files that were renamed into place since then. */
function writtenSince(began: Date): string[] {
  const root = join(process.cwd(), 'baselines')
  const all = readdirSync(process.cwd()).includes('baselines')
    ? readdirSync(root, { recursive: true, encoding: 'utf8' })
    : []
  return all
    .filter(name => name.endsWith('.json'))
    .map(name => join(root, name))
    .filter(file => statSync(file).mtimeMs >= began.getTime() - clockGrainMs)
    .sort()
}

// File times are taken from a clock that ticks in steps of up to 10 ms, so a new file can look a little older than it is.
const clockGrainMs = 20

function describeWritten(files: string[], exitCode: number): string {
  if (files.length === 0) return '\nbaseline: nothing was written.'
  const lines = files.map(file => {
    const read = readBaseline(file)
    const metrics = read.state === 'read' ? Object.values(read.baseline.metrics) : []
    const starts = metrics.map(metric => metric.runs.length)
    return `  ${relative(process.cwd(), file)}: ${metrics.length} metrics, ${Math.min(...starts)} to ${Math.max(...starts)} starts each`
  })
  const next = exitCode === exitCodes.ok ? 'Review the difference and commit it.' : 'The recording is not complete.'
  return `\nbaseline: written\n${lines.join('\n')}\n${next}`
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof PerfError)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
