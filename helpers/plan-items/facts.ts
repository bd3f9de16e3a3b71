import type { EngineName, EngineTraits } from '../engines/index.ts'
import type { ModelOrigin } from '../fixtures/choose-model.ts'
import type { Measured } from '../measured.ts'
import type { Architecture, Quantisation } from '../models/index.ts'
import type { PerfOptions } from '../options/index.ts'

/** An engine that this suite can start. */
export type StartableEngine = Exclude<EngineName, 'embedded' | 'openai'>

/** What of an engine's traits decides what can be measured on it. */
export type DecidingTraits = Pick<
  EngineTraits,
  'modelFormat' | 'catalogueName' | 'fixedOutput' | 'neverExpires' | 'neverUnloads' | 'loadSettings' | 'seesNoImages'
>

/** The engine that a run would measure. */
export interface EngineFacts {
  name: EngineName
  /** `unknown` where only a start would tell. */
  version: string
  origin: 'spawned' | 'attached'
  /** For people: `http://127.0.0.1:8080`, `binary /usr/bin/ollama`. */
  where: string
  traits: DecidingTraits
}

/** What a run would take for a model of the plan. */
export interface ChoiceFacts {
  /** As the engine will be asked for it. */
  name: string
  origin: ModelOrigin
  /** What its size is divided by; 1 for a whole one. */
  scale: number
  /** Of a model with random weights, which a run would write; null for one that the engine has. */
  architecture: Architecture | null
}

/** Everything that decides which items run. Gathered once; what could not be found out says why. */
export interface Facts {
  options: Pick<PerfOptions, 'profile' | 'engine' | 'engineUrl' | 'expectedThroughput' | 'input' | 'synthetic'>
  /** Absent: a run would end before its first request, with this. */
  engine: Measured<EngineFacts>
  /** What each model of the plans would be, its copies and other weights too, by {@link modelKey}. */
  models: Readonly<Record<string, Measured<ChoiceFacts>>>
  /** Roles for which the user named a model: one that is not there is an error. */
  namedRoles: readonly string[]
  /** By which way an engine could be started here. */
  startable: Readonly<Record<StartableEngine, Measured<'binary' | 'container'>>>
  /** Whether an engine can be started both ways here. */
  bothWays: Readonly<Record<StartableEngine, Measured<void>>>
  /** URL of a Batch API in front of the engine. */
  batchApi: Measured<string>
  /** For people: `http://127.0.0.1:8265`, `ray on the PATH`. */
  ray: Measured<string>
  /** The program `ray` is on the PATH. */
  hasRay: boolean
  /** Bytes of all GPUs, as the sampler reads them. */
  gpuBytes: Measured
  gpus: number
  /** A temperature of CPU or GPU, in degrees Celsius. */
  temperatureC: Measured
  /** Swap may be switched on and off, and memory groups may be made. */
  pagingRights: Measured<void>
  /** The results, and so the swap file, lie on an NVMe drive. */
  nvme: Measured<void>
  /** A baseline file of this machine and engine. */
  baseline: Measured<string>
}

export interface ModelVariant {
  model: string
  role: string
  /** Which of several copies; 1 unless said. */
  instance?: number
  /** 4-bit unless said. */
  quantisation?: Quantisation
}

/** `small=qwen2.5-0.5b`, `small=qwen2.5-0.5b #2`, `medium=qwen2.5-3b f16`. */
export const modelKey = ({ role, model, instance, quantisation }: ModelVariant): string =>
  `${role}=${model}${instance === undefined ? '' : ` #${instance}`}${quantisation === undefined ? '' : ` ${quantisation}`}`
