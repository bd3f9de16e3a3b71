/** A run for people, from its results file: `npm run report -- --help`. */
import { statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { drawChart } from '../helpers/charts/index.ts'
import { RecordingError } from '../helpers/errors.ts'
import { badArgument, checkedArguments, runProgram } from '../helpers/program/index.ts'
import { mergeResults, readConfigurationFiles, reportPage } from '../helpers/report/index.ts'
import { readResults, resultsMarkdown } from '../helpers/reporting/index.ts'

const PROGRAM = 'report'

const help = `Shows what a run measured: a page for a browser, Markdown for a pull request, or JSON. Nothing is measured.

  npm run report -- [results.json | run folder]… [--markdown | --json] [--out file]

  results.json   of a run, or its folder (default .vitest/perf/latest; PERF_OUTPUT moves it). Several are merged:
                 the shards of one run, such as of \`vitest run perf/ --shard=1/3\` on three runners
  --markdown     Markdown of at most 65,536 characters, what GitHub takes as a comment
  --json         the results, merged (docs/results.schema.json is their JSON Schema)
  --out file     where to write; default: the page as report.html into the folder of the first results file,
                 Markdown and JSON to stdout: npm run --silent report -- --markdown > comment.md
  --help         this text

The page is one file that needs nothing beside it. Configurations that a run recommends are on it where their folder lies
beside its results.json.

Exit code: 0, also when criteria failed; 2 for a wrong option, a file that is no results.json, or files that are not parts
of one run; 3 where the page could not be written.
`

function main(): void {
  const { values, positionals } = parse(process.argv.slice(2))
  if (values.help) {
    process.stdout.write(help)
    return
  }
  if (values.markdown && values.json) throw badArgument(PROGRAM, '--markdown and --json are two forms: give one')
  const latest = join(process.env.PERF_OUTPUT || '.vitest/perf', 'latest')
  const paths = positionals.length > 0 ? positionals : [latest]
  const parts = paths.map(name => ({ name, results: readResults(name) }))
  const { results, notes } = mergeResults(parts)
  for (const note of notes) console.error(`report: ${note}`)
  const folders = paths.map(folderOf)
  if (values.markdown) print(resultsMarkdown(results), values.out)
  else if (values.json) print(`${JSON.stringify(results, null, 2)}\n`, values.out)
  else {
    const configurations = folders.flatMap(readConfigurationFiles)
    const path = values.out ?? join(folders[0] ?? '.', 'report.html')
    write(path, reportPage({ results, parts, notes, configurations }, drawChart))
    process.stdout.write(`${path}\n`)
  }
}

const folderOf = (path: string): string => (statSync(path).isDirectory() ? path : dirname(path))

function print(text: string, path: string | undefined): void {
  if (path === undefined) process.stdout.write(text)
  else write(path, text)
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (cause) {
    throw new RecordingError(`writing the report to ${path}: ${String(cause)}. Give another path with --out.`, {
      cause,
    })
  }
}

const parse = (args: string[]) =>
  checkedArguments(PROGRAM, () =>
    parseArgs({
      args,
      allowPositionals: true,
      options: {
        markdown: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  )

await runProgram(main)
