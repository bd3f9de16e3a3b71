/** Answers the plans' questions from a results file, without measuring: `npm run findings -- --help`. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findings } from '../helpers/findings/index.ts'
import { badArgument, checkedArguments, runProgram } from '../helpers/program/index.ts'
import { findingsMarkdown, findingsText, paintFor, readResults } from '../helpers/reporting/index.ts'

const PROGRAM = 'findings'

const help = `Answers the plans' questions from what a run measured: each with its evidence and caveats, or what it would need.
Nothing is measured; the answers are made again from the numbers in the file.

  npm run findings -- [results.json | run folder] [--markdown]

  results.json   of a run, or its folder (default .vitest/perf/latest; PERF_OUTPUT moves it)
  --markdown     print Markdown, for a file to keep: npm run --silent findings -- --markdown > findings.md
  --help         this text

Exit code: 0, also when questions are open or the run asked none; 2 for a wrong option, or a file that is no results.json.
`

/** Width where no screen tells its own. */
const PAGE_COLUMNS = 100

function main(): void {
  const { values, positionals } = parse(process.argv.slice(2))
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const [path = join(process.env.PERF_OUTPUT || '.vitest/perf', 'latest'), ...more] = positionals
  if (more.length > 0) throw badArgument(PROGRAM, `one results file at a time; also given: ${more.join(', ')}`)
  const results = readResults(path)
  const found = findings(results)
  if (found.length === 0) {
    console.error(
      `findings: ${path} measured nothing that plans 000 and 003 ask about. Run their specs first: ` +
        'npx vitest run perf/model-limits perf/optimisation perf/model-swapping',
    )
    return
  }
  const screen = { paint: paintFor(process.stdout), width: process.stdout.columns ?? PAGE_COLUMNS }
  const lines = values.markdown ? findingsMarkdown(results, found) : findingsText(results, found, screen)
  process.stdout.write(`${lines.join('\n')}\n`)
}

const parse = (args: string[]) =>
  checkedArguments(PROGRAM, () =>
    parseArgs({
      args,
      allowPositionals: true,
      options: {
        markdown: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  )

await runProgram(main)
