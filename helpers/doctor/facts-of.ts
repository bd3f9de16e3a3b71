import { existsSync } from 'node:fs'
import { baselineFile } from '../baselines/index.ts'
import type { EngineName } from '../engines/index.ts'
import { namedModel } from '../fixtures/choose-model.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { cachedRepositories } from '../models/index.ts'
import type { PerfOptions } from '../options/index.ts'
import { type EngineFacts, type Facts, modelKey, planSpecs, type StartableEngine } from '../plan-items/index.ts'
import { choicesOf } from './choices.ts'
import type { Seen } from './diagnosis.ts'
import { startedTraits } from './started-traits.ts'

/** What decides which items run, from what was seen. */
export async function factsOf(options: PerfOptions, seen: Seen): Promise<Facts> {
  const startable = each(engine => wayToStart(engine, seen))
  const engine = engineFacts(options, seen, startable)
  const models =
    engine.state === 'measured' ? await choicesOf(engine.value, await modelsOf(engine.value, seen), options) : {}
  const { machine, ray } = seen
  const { reading, hardware } = machine
  const metric = (name: 'gpuTotalBytes' | 'cpuTemperatureC' | 'gpuTemperatureC'): Measured =>
    reading.state === 'measured' ? reading.value[name] : reading
  const [cpu, gpu] = [metric('cpuTemperatureC'), metric('gpuTemperatureC')]
  const { profile, engine: asked, engineUrl, expectedThroughput, input, synthetic } = options
  return {
    options: { profile, engine: asked, engineUrl, expectedThroughput, input, synthetic },
    engine,
    models,
    namedRoles: rolesNamed(options),
    startable,
    bothWays: each(engine => bothWays(engine, seen)),
    batchApi: seen.batchApi,
    ray: ray.jobs,
    hasRay: ray.program.state === 'measured',
    gpuBytes: metric('gpuTotalBytes'),
    gpus: hardware.state === 'measured' ? hardware.value.gpus.length : 0,
    temperatureC: cpu.state === 'measured' ? cpu : gpu.state === 'measured' ? gpu : cpu,
    pagingRights: machine.pagingRights,
    nvme: onNvme(machine.results.disk),
    baseline: baseline(seen, engine, models),
  }
}

const rolesNamed = (options: PerfOptions): string[] => {
  const roles = new Set(planSpecs.flatMap(({ models }) => models.map(({ role }) => role)))
  return [...roles].filter(role => namedModel(role, options) !== null)
}

const each = <T>(of: (engine: StartableEngine) => T): Record<StartableEngine, T> => ({
  'llama-server': of('llama-server'),
  ollama: of('ollama'),
  vllm: of('vllm'),
})

/** As a start decides it: the binary if it is on the PATH, else a container. */
function wayToStart(engine: StartableEngine, { engines, containers }: Seen): Measured<'binary' | 'container'> {
  const program = engines.programs[engine]
  if (program.state === 'measured') return measured('binary')
  if (containers.docker.state === 'measured') return measured('container')
  return absent(`${program.reason}, and no Docker: ${containers.docker.reason}`)
}

function bothWays(engine: StartableEngine, { engines, containers }: Seen): Measured<void> {
  const program = engines.programs[engine]
  if (program.state === 'absent') return program
  const { name, isHere } = containers.images[engine]
  if (isHere.state === 'absent') return isHere
  return isHere.value ? measured(undefined) : absent(`this machine has no image ${name} (docker pull ${name})`)
}

function engineFacts(
  options: PerfOptions,
  { engines, containers }: Seen,
  startable: Facts['startable'],
): Measured<EngineFacts> {
  const { engine, engineStart } = options
  if (engines.attached !== null) {
    if (engines.attached.state === 'absent') return engines.attached
    const { identity, traits } = engines.attached.value
    const { name, version, origin, url } = identity
    return measured({ name, version, origin, where: url, traits })
  }
  if (engine === null || engine === 'embedded' || engine === 'openai') {
    if (engines.embedded.state === 'absent') return engines.embedded
    return measured(started('embedded', engines.embedded.value, 'child processes'))
  }
  const program = engines.programs[engine]
  const { name: image } = containers.images[engine]
  if (engineStart === 'binary' && program.state === 'absent') return program
  if (engineStart === 'container' && containers.docker.state === 'absent') return containers.docker
  const way = engineStart === null ? startable[engine] : measured(engineStart)
  if (way.state === 'absent') return way
  if (way.value === 'container' || program.state === 'absent')
    return measured(started(engine, 'unknown', `container ${image}`))
  const { path, version } = program.value
  return measured(started(engine, version.state === 'measured' ? version.value : 'unknown', `binary ${path}`))
}

const started = (name: Exclude<EngineName, 'openai'>, version: string, where: string): EngineFacts => ({
  name,
  version,
  origin: 'spawned',
  where,
  traits: startedTraits(name, version),
})

/** Of an engine that is not started what it would find here; Ollama alone knows its store. */
async function modelsOf({ name, origin }: EngineFacts, { engines }: Seen): Promise<string[]> {
  if (origin === 'attached' && engines.attached?.state === 'measured') return engines.attached.value.models
  return name === 'vllm' ? await cachedRepositories() : []
}

function onNvme(disk: Seen['machine']['results']['disk']): Measured<void> {
  if (disk.state === 'absent') return disk
  return disk.value.isNvme
    ? measured(undefined)
    : absent(`the swap file lies on ${disk.value.device}, which is no NVMe drive`)
}

function baseline({ machine }: Seen, engine: Measured<EngineFacts>, models: Facts['models']): Measured<string> {
  const { hardware } = machine
  const model = models[modelKey({ role: 'small', model: 'qwen2.5-0.5b' })]
  if (hardware.state === 'absent') return hardware
  if (engine.state === 'absent') return engine
  if (model === undefined || model.state === 'absent') return absent('there is no model to have a baseline of')
  const file = baselineFile('.', hardware.value.id, engine.value.name, model.value.name)
  return existsSync(file) ? measured(file) : absent(`there is no ${file}`)
}
