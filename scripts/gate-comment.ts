/** Puts the gate's text on the pull request of this job of GitHub Actions: `npm run gate:comment -- --help`. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { BadInputError, PerfError } from '../helpers/errors.ts'
import { commentMark, pullRequestOf, putComment } from '../helpers/gate/index.ts'

const help = `Puts comment.md of the gate on the pull request of this job of GitHub Actions. There is one such comment at most: the one
that an earlier run left is updated.

  npm run gate:comment -- <comment.md>

Reads GITHUB_TOKEN (it needs pull-requests: write) and what GitHub tells every step: GITHUB_API_URL, GITHUB_REPOSITORY and
GITHUB_EVENT_PATH.

Exit code: 0; 2 for a file that is no comment of the gate, or outside of a pull request; 3 where GitHub refuses.
`

async function main(): Promise<void> {
  const { values, positionals } = parse(process.argv.slice(2))
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw badArgument(`${positionals.length} files are given; allowed: one`)
  const { done, url } = await putComment(pullRequestOf(process.env), readComment(file))
  console.log(`Comment ${done}: ${url}`)
}

function readComment(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw badArgument(`${file} cannot be read: ${String(cause)}`)
  }
  if (!text.startsWith(commentMark))
    throw badArgument(`${file} is no comment.md of the gate: it does not begin with ${commentMark}`)
  return text
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h', default: false } },
    })
  } catch (error) {
    throw badArgument(error instanceof Error ? error.message : String(error))
  }
}

const badArgument = (what: string) =>
  new BadInputError(`npm run gate:comment: ${what}. See \`npm run gate:comment -- --help\`.`)

try {
  await main()
} catch (error) {
  if (!(error instanceof PerfError)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
