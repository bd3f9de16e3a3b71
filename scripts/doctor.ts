/** What this machine can run, and what would enable the rest: `npm run doctor -- --help`. */
import { enableCompileCache } from 'node:module'
import { parseArgs } from 'node:util'
import { compiledCodeFolder } from '../helpers/cache-folder.ts'
import { checkedArguments, runProgram } from '../helpers/program/index.ts'

const help = `Looks at this machine, its engines and models, and says for every item of the plans whether a run would measure
it, or skip it, why, and which command enables it. Nothing is started, loaded, fetched or changed. Done in 5 s.

  npm run doctor -- [--json]

  --json   everything that was found, for programs: npm run --silent doctor -- --json
  --help   this text

The PERF_… variables count as for a run: PERF_ENGINE=ollama npm run doctor.
Exit code: 0, whatever is absent; 2 for a wrong option.
`

/** Since this process began; what is left of 5 s is for printing. */
const DEADLINE_MS = 3800
/** At least so much time to answer, also on a machine so busy that loading this program has taken those seconds. */
const LEAST_MS = 2500

/** Width where no screen tells its own. */
const PAGE_COLUMNS = 100

// Most of the time of a second look would go into the same hundreds of files.
enableCompileCache(compiledCodeFolder)

async function main(): Promise<string> {
  const { json, help: isHelp } = options(process.argv.slice(2))
  if (isHelp) return help
  // Loaded late: --help needs none of it.
  const { resolveOptions } = await import('../helpers/options/index.ts')
  const chosen = resolveOptions()
  const { diagnose, diagnosisJson, diagnosisText, endChildren } = await import('../helpers/doctor/index.ts')
  const { paintFor } = await import('../helpers/reporting/paint.ts')
  const diagnosis = await diagnose(chosen, Math.max(DEADLINE_MS, performance.now() + LEAST_MS))
  endChildren()
  if (json) return `${diagnosisJson(diagnosis)}\n`
  const width = Math.min(process.stdout.columns ?? PAGE_COLUMNS, PAGE_COLUMNS)
  return `${diagnosisText(diagnosis, { paint: paintFor(process.stdout), width }).join('\n')}\n`
}

const options = (args: string[]) =>
  checkedArguments('doctor', () =>
    parseArgs({
      args,
      options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    }),
  ).values

await runProgram(async () => {
  const text = await main()
  await new Promise<void>(resolve => process.stdout.write(text, () => resolve()))
})
// What still hangs would keep the process.
process.exit()
