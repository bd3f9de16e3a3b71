import { absent, measured } from '../measured.ts'
import type { PerfOptions } from '../options/index.ts'
import { resolveOptions } from '../options/index.ts'
import type { EngineFacts, Facts } from '../plan-items/index.ts'
import { choicesOf } from './choices.ts'
import { startedTraits } from './started-traits.ts'

export const embedded: EngineFacts = {
  name: 'embedded',
  version: 'node-llama-cpp 3.22.1',
  origin: 'spawned',
  where: 'child processes',
  traits: startedTraits('embedded'),
}

/** For tests: a machine as most are, with one engine, without a GPU, a sensor, Docker, Ray or a baseline; root. */
export async function exampleFacts({
  engine = embedded,
  has = [],
  options: given = {},
  ...changes
}: Omit<Partial<Facts>, 'engine' | 'options' | 'models'> & {
  engine?: EngineFacts
  /** Names of the models that the engine has. */
  has?: readonly string[]
  options?: Partial<PerfOptions>
} = {}): Promise<Facts> {
  const options = { ...resolveOptions({}, {}), ...given }
  const nothing = absent('there is none')
  return {
    options,
    engine: measured(engine),
    models: await choicesOf(engine, has, options),
    namedRoles: [],
    startable: { 'llama-server': measured('binary'), ollama: nothing, vllm: nothing },
    bothWays: { 'llama-server': nothing, ollama: nothing, vllm: nothing },
    batchApi: absent('the engine has no /v1/batches'),
    ray: absent('no Ray was named'),
    hasRay: false,
    gpuBytes: absent('no NVIDIA GPU that can be asked'),
    gpus: 0,
    temperatureC: absent('no sensor of the CPU tells a temperature'),
    pagingRights: measured(undefined),
    nvme: absent('the swap file lies on vda, which is no NVMe drive'),
    baseline: absent('there is no baseline'),
    ...changes,
  }
}
