/** What the shards of a gated run say together: `npm run gate:verdict -- --help`. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { BadInputError, exitCodes } from '../helpers/errors.ts'
import {
  gateAnnotation,
  gateLine,
  hasGateRecord,
  headline,
  leaveReport,
  type Merge,
  readGateRecord,
  runLinks,
  type ShardEnd,
  shardsOutcome,
} from '../helpers/gate/index.ts'
import { optionDefinitions } from '../helpers/options/index.ts'
import { badArgument, checkedArguments, runProgram } from '../helpers/program/index.ts'
import { mergeResults, type Part } from '../helpers/report/index.ts'
import { readResults, writeStepSummary } from '../helpers/reporting/index.ts'

const PROGRAM = 'gate:verdict'

const help = `Puts the parts of a run together that \`npm run gate -- --shard i/n\` measured on several machines: one verdict, one report.

  npm run gate:verdict -- <folder>

  folder   holds the folders of the shards' runs, at any depth, as download-artifact leaves them
  --help   this text

PERF_REQUIRE names criteria that one of the shards must have judged. Into <folder>/verdict go results.json, report.html and
comment.md (text for the pull request).

Exit code: 1 where a shard ended with 1; else 2, 130, 143 or 3 in this order; 3 also where a shard left nothing, or a required
criterion was not judged; else 0.
`

interface FoundShard {
  end: ShardEnd
  part: (Part & { folder: string }) | null
}

function main(): number {
  const folder = readFolder(process.argv.slice(2))
  if (folder === null) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const target = join(folder, 'verdict')
  const shards = shardFolders(folder).map(readShard)
  const parts = shards.flatMap(({ part }) => (part ? [part] : []))
  const merge = merged(parts)
  const required = optionDefinitions.require.schema.parse(process.env.PERF_REQUIRE ?? '')
  const outcome = shardsOutcome(
    shards.map(({ end }) => end),
    merge,
    required,
  )
  console.log(gateLine(outcome))
  for (const line of [...outcome.reasons, ...outcome.notes]) console.log(`      ${line}`)
  if (process.env.GITHUB_ACTIONS === 'true') console.log(gateAnnotation(outcome))
  writeStepSummary(headline(outcome).join('\n'))
  process.exitCode = outcome.exitCode
  mkdirSync(target, { recursive: true })
  if (merge.state === 'merged')
    writeFileSync(join(target, 'results.json'), `${JSON.stringify(merge.results, null, 2)}\n`)
  const written = leaveReport(target, outcome, { parts, links: runLinks(process.env) })
  console.log(written.map(path => `Report  ${relative('.', path)}`).join('\n'))
  return outcome.exitCode
}

/** Null where help was asked for. */
function readFolder(args: string[]): string | null {
  const { values, positionals } = parse(args)
  if (values.help) return null
  const [folder, ...more] = positionals
  if (folder === undefined || more.length > 0)
    throw badArgument(PROGRAM, `${positionals.length} folders are given; allowed: one`)
  return folder
}

const parse = (args: string[]) =>
  checkedArguments(PROGRAM, () =>
    parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h', default: false } },
    }),
  )

/** Folders of runs that the gate noted the end of. A folder that is not there holds none: every job was lost. */
function shardFolders(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return []
  const below = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(name => join(folder, name))
  return [folder, ...below].filter(hasGateRecord).sort()
}

function readShard(folder: string): FoundShard {
  const record = readGateRecord(folder)
  const results = existsSync(join(folder, 'results.json')) ? readResults(folder) : null
  const { shard } = record
  const name = shard === null || shard.count === 1 ? folder : `shard ${shard.index} of ${shard.count}`
  return { end: { record, results }, part: results === null ? null : { name, folder, results } }
}

function merged(parts: readonly Part[]): Merge {
  if (parts.length === 0) return { state: 'none' }
  try {
    return { state: 'merged', ...mergeResults(parts) }
  } catch (error) {
    if (error instanceof BadInputError) return { state: 'refused', reason: error.message }
    throw error
  }
}

await runProgram(main)
