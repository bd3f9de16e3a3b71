/** Puts the gate's text on the pull request of this job of GitHub Actions: `npm run gate:comment -- --help`. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { commentMark, pullRequestOf, putComment } from '../helpers/gate/index.ts'
import { badArgument, checkedArguments, runProgram } from '../helpers/program/index.ts'

const PROGRAM = 'gate:comment'

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
  if (file === undefined || more.length > 0)
    throw badArgument(PROGRAM, `${positionals.length} files are given; allowed: one`)
  const { done, url } = await putComment(pullRequestOf(process.env), readComment(file))
  console.log(`Comment ${done}: ${url}`)
}

function readComment(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw badArgument(PROGRAM, `${file} cannot be read: ${String(cause)}`)
  }
  if (!text.startsWith(commentMark))
    throw badArgument(PROGRAM, `${file} is no comment.md of the gate: it does not begin with ${commentMark}`)
  return text
}

const parse = (args: string[]) =>
  checkedArguments(PROGRAM, () =>
    parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h', default: false } },
    }),
  )

await runProgram(main)
