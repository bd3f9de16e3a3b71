#!/usr/bin/env node
/** The suite's tools in a project that has it as a package: `npx vitest-llm-perf <tool>`. */
import { BadInputError } from '../helpers/errors.ts'
import { siblingModule } from '../helpers/sibling-module.ts'

/** Each is a program of its own, which reads its own arguments. */
const tools: Readonly<Record<string, string>> = {
  doctor: 'what this machine can run, and what would enable the rest',
  report: 'a run as a page, as Markdown or as JSON',
  findings: "the plans' questions, answered from a results file",
  compare: 'what runs measured, held against each other',
  baseline: 'records several engine starts as a baseline',
  gate: 'measures as CI does, with the exit code to gate on',
}

const help = `Tools of vitest-llm-perf. Specs are run by vitest: npx vitest run perf/

  npx vitest-llm-perf <tool> [arguments…]

${Object.entries(tools)
  .map(([name, what]) => `  ${name.padEnd(10)} ${what}`)
  .join('\n')}

  npx vitest-llm-perf <tool> --help says more. What is \`npm run <tool> --\` in the texts of the suite is \`npx vitest-llm-perf
  <tool>\` here.
`

const [name = '--help', ...rest] = process.argv.slice(2)
if (name === '--help' || name === '-h') {
  process.stdout.write(help)
} else if (Object.hasOwn(tools, name)) {
  process.argv.splice(2, process.argv.length, ...rest)
  await import(siblingModule(import.meta.url, name).href)
} else {
  const error = new BadInputError(`${JSON.stringify(name)} is no tool.\n\n${help}`)
  console.error(error.message)
  process.exitCode = error.exitCode
}
