/** Measures, reports, and ends with the exit code that a pull request is gated on: `npm run gate -- --help`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { exitCodes, PerfError } from '../helpers/errors.ts'
import {
  folderOfNoRun,
  type GateOutcome,
  gateAnnotation,
  gateArguments,
  gateLine,
  gateOutcome,
  headline,
  leaveReport,
  runFolderOf,
  runLinks,
  runSuite,
  writeGateRecord,
} from '../helpers/gate/index.ts'
import { optionDefinitions } from '../helpers/options/index.ts'
import { runProgram } from '../helpers/program/index.ts'
import { readResults, redact } from '../helpers/reporting/index.ts'

const help = `Measures as CI does: baselines are compared with and never written. Ends with the suite's exit code, and says what it means.

  npm run gate -- [--shard 1/3] [filter…]

  --shard i/n   the i-th of n parts of the specs; what the parts say together: npm run gate:verdict
  --help        this text
  filter        which specs, as for vitest (default perf/)

Every other option comes from the PERF_… variables; PERF_REQUIRE names criteria that must have been judged. A shard has only
its part of them, so there they are left to gate:verdict. Into the folder of the run go report.html, comment.md (text for the
pull request) and gate.json.

Exit code: the suite's (0 passed, 1 failed, 2 bad input, 3 could not measure, 130 and 143 stopped), also when the report
cannot be written; 3 then where the run itself ended with 0.
`

async function main(): Promise<number> {
  const options = gateArguments(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const { filters, shard } = options
  const startedAt = new Date()
  const end = await runSuite([...filters, ...(shard ? [`--shard=${shard.index}/${shard.count}`] : [])], {
    ...process.env,
    CI: 'true',
    ...(shard && { PERF_REQUIRE: '' }),
  })
  const output = process.env.PERF_OUTPUT || '.vitest/perf'
  const run = process.env.PERF_RESUME ? resolve(process.env.PERF_RESUME) : runFolderOf(output, end.pid)
  const folder = run ?? folderOfNoRun(output, startedAt)
  const { exitCode } = end
  const lastWords = end.lastWords.map(line => redact(line, secrets()))
  const results = attempt('reading its results', () => (existsSync(join(folder, FILE)) ? readResults(folder) : null))
  const outcome = gateOutcome({ exitCode, results, required: shard ? [] : required(), lastWords })
  attempt('noting how it ended', () => writeGateRecord(folder, { schema: 1, exitCode, shard, lastWords }))
  attempt('writing the report', () => report(folder, outcome))
  attempt('telling how it ended', () => tell(outcome))
  for (const failure of failures) console.error(`gate: ${failure}`)
  return exitCode === exitCodes.ok && failures.length > 0 ? exitCodes.couldNotMeasure : exitCode
}

const FILE = 'results.json'
const failures: string[] = []

/** Whatever goes wrong after the run is told at the end, and hides neither the rest nor how the run ended. */
function attempt<T>(doing: string, part: () => T): T | null {
  try {
    return part()
  } catch (error) {
    const what = error instanceof PerfError ? error.message : error instanceof Error ? error.stack : String(error)
    failures.push(`${doing}: ${what}`)
    return null
  }
}

function report(folder: string, outcome: GateOutcome): void {
  const { results } = outcome
  const parts = results === null ? [] : [{ name: relative('.', folder), folder, results }]
  const written = leaveReport(folder, outcome, { parts, links: runLinks(process.env) })
  console.log(written.map(path => `Report  ${relative('.', path)}`).join('\n'))
}

/** On the screen, in the job's list of errors, and above what the run itself wrote into the summary of the job. */
function tell(outcome: GateOutcome): void {
  console.log(gateLine(outcome))
  if (process.env.GITHUB_ACTIONS === 'true') console.log(gateAnnotation(outcome))
  const summary = process.env.GITHUB_STEP_SUMMARY
  if (!summary) return
  const before = existsSync(summary) ? readFileSync(summary, 'utf8') : ''
  writeFileSync(summary, `${headline(outcome).join('\n')}\n${before}`)
}

/** What the run itself refuses, such as a wrong option, it tells by exit code 2. */
const required = (): string[] => optionDefinitions.require.schema.parse(process.env.PERF_REQUIRE ?? '')

const secrets = (): string[] => [process.env.PERF_API_KEY ?? ''].filter(Boolean)

await runProgram(main)
