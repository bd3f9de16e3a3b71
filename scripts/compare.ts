/** Holds results files against each other: `npm run compare -- --help`. */
import { parseArgs } from 'node:util'
import {
  compareResults,
  comparisonMarkdown,
  comparisonText,
  type NamedRun,
  regressionsIn,
} from '../helpers/compare/index.ts'
import { exitCodes } from '../helpers/errors.ts'
import { badArgument, checkedArguments, runProgram } from '../helpers/program/index.ts'
import { paintFor, readResults } from '../helpers/reporting/index.ts'

const PROGRAM = 'compare'

const help = `Compares what runs measured: two branches, two engines, two machines. Nothing is measured.

  npm run compare -- [--markdown] <base> <head>
  npm run compare -- [--markdown] <base>… -- <head>…

  base, head   results.json of a run, or its folder. A run is one engine start; give several a side, with -- between
               the sides. With 3 or more in the base metrics get the gate's verdicts; with fewer only the change and its
               interval are told, since single starts of unchanged code differ as well
  --markdown   print Markdown, for a pull request
  --help       this text

Only samples of the same workload, model, scale and unit are compared. Engine, machine and profile may differ; what
does is printed first.

Exit code: 0; 1 when a metric regressed by the gate's rule; 2 for a wrong option or a file that is no results.json.
`

/** Width where no screen tells its own. */
const PAGE_COLUMNS = 120

function main(): number {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const comparison = compareResults(options.base.map(read), options.head.map(read))
  const screen = { paint: paintFor(process.stdout), width: process.stdout.columns ?? PAGE_COLUMNS }
  const lines = options.markdown ? comparisonMarkdown(comparison) : comparisonText(comparison, screen)
  process.stdout.write(`${lines.join('\n')}\n`)
  return regressionsIn(comparison).length > 0 ? exitCodes.failed : exitCodes.ok
}

const read = (path: string): NamedRun => ({ name: path, results: readResults(path) })

function readOptions(args: string[]): { base: string[]; head: string[]; markdown: boolean } | 'help' {
  const { values, tokens } = parse(args)
  if (values.help) return 'help'
  const { markdown } = values
  const paths = tokens.filter(token => token.kind === 'positional')
  const between = tokens.find(token => token.kind === 'option-terminator')?.index ?? null
  if (between === null) {
    const [base, head, ...more] = paths.map(({ value }) => value)
    if (base !== undefined && head !== undefined && more.length === 0) return { base: [base], head: [head], markdown }
    throw badArgument(
      PROGRAM,
      `${paths.length} runs and no -- between the sides; allowed: two runs, or <base>… -- <head>…`,
    )
  }
  const [base, head] = [paths.filter(({ index }) => index < between), paths.filter(({ index }) => index > between)]
  if (base.length === 0 || head.length === 0)
    throw badArgument(
      PROGRAM,
      `${base.length} runs before -- and ${head.length} after it; allowed: one or more on either side`,
    )
  return { base: base.map(({ value }) => value), head: head.map(({ value }) => value), markdown }
}

const parse = (args: string[]) =>
  checkedArguments(PROGRAM, () =>
    parseArgs({
      args,
      allowPositionals: true,
      tokens: true,
      options: {
        markdown: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  )

await runProgram(main)
