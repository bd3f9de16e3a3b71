/** npm runs it around `npm pack`: `stage` before, `restore` afterwards. See helpers/package/staged-manifest.ts. */
import { BadInputError } from '../helpers/errors.ts'
import { restoreManifest, stageManifest } from '../helpers/package/index.ts'
import { runProgram } from '../helpers/program/index.ts'

const steps: Record<string, (root: string) => void> = { stage: stageManifest, restore: restoreManifest }

await runProgram(() => {
  const [name = '', ...more] = process.argv.slice(2)
  const step = steps[name]
  if (step === undefined || more.length > 0)
    throw new BadInputError(`package-manifest: got ${JSON.stringify(process.argv.slice(2))}; allowed: stage, restore.`)
  step(process.cwd())
})
