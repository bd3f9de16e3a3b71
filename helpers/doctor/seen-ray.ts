import { programPath } from '../engines/hosts/index.ts'
import { absent, type Measured, measured } from '../measured.ts'
import type { PerfOptions } from '../options/index.ts'
import { JobsClient } from '../ray/jobs-client.ts'
import { rayAddress } from '../ray/ray-address.ts'
import { type Deadline, within } from './within.ts'

export interface SeenRay {
  /** Path of the program `ray`. */
  program: Measured<string>
  /** Where the run's jobs would go, in words; absent where no Ray is named, or it does not answer. */
  jobs: Measured<string>
}

export async function lookForRay({ ray }: Pick<PerfOptions, 'ray'>, deadline: Deadline): Promise<SeenRay> {
  const path = programPath('ray')
  const program = path === undefined ? absent('there is no program ray on the PATH') : measured(path)
  const address = rayAddress(ray)
  if (address.state === 'absent') return { program, jobs: address }
  if (address.value.kind === 'local')
    return { program, jobs: program.state === 'measured' ? measured(`started here by ${program.value}`) : program }
  const { url } = address.value
  const client = new JobsClient(url, process.env.RAY_AUTH_TOKEN || null)
  const version = await within(deadline, `Ray at ${url}`, client.version())
  return { program, jobs: version.state === 'measured' ? measured(`Ray ${version.value} at ${url}`) : version }
}
