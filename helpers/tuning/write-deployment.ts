import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DeploymentChoice, deploymentFiles } from '../deployment/index.ts'
import { PerfError } from '../errors.ts'
import type { ChosenModel } from '../fixtures/choose-model.ts'
import type { Lab } from '../lab/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import type { Observation } from '../observations/index.ts'
import { estimateInWords } from './estimate-in-words.ts'
import type { MatrixPlan } from './matrix-plan.ts'
import type { Recommendation } from './recommended-row.ts'
import { rowSlots } from './row-slots.ts'

/** Of the run's folder. */
const FOLDER = 'deployment'

/**
 * Writes docker-compose.yml and .env of a recommendation into the run's folder; resolves with their paths. Absent for an
 * engine that comes as no image, and for a model that no container can be given.
 */
export async function writeDeployment(
  lab: Lab,
  { run, reason }: Recommendation,
  model: ChosenModel,
  plan: MatrixPlan,
): Promise<Measured<string[]>> {
  const { options, runDirectory } = lab.context
  const { name: engine } = lab.engine.identity
  if (engine === 'embedded' || engine === 'openai')
    return absent('the embedded engine comes as no image; PERF_ENGINE=llama-server, ollama or vllm writes the files')
  const { row } = run
  const { arguments: further, environment, settings } = row.change
  const choice: DeploymentChoice = {
    engine,
    model,
    contextTokens: plan.contextTokens,
    slots: rowSlots(row, engine, plan.concurrent.atOnce),
    settings,
    arguments: [...options.engineArguments, ...further],
    environment,
    image: options.engineImage,
    sharedMemoryBytes: row.hostBytes > 0 ? row.hostBytes : null,
    measured: [
      `${row.title}, of ${plan.rows.length} configurations: ${reason}.`,
      `T3: ${shown(run.throughput)}; T2: TTFT ${shown(run.ttft)}.`,
    ],
  }
  try {
    const files = deploymentFiles(choice)
    const folder = join(runDirectory, FOLDER)
    await mkdir(folder, { recursive: true })
    const paths = Object.entries(files).map(([name, text]) => ({ path: join(folder, name), text }))
    for (const { path, text } of paths) await writeFile(path, text)
    return measured(paths.map(({ path }) => path))
  } catch (error) {
    if (error instanceof PerfError) return absent(error.message)
    throw error
  }
}

const shown = ({ measured: found, unit }: Observation): string =>
  found.state === 'absent' ? `not measured (${found.reason})` : estimateInWords(found.value, unit)
