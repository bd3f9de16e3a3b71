import { engineTitle } from '../engines/engine-title.ts'
import { ModelMissingError } from '../errors.ts'
import { chooseModel, divisors, type ModelRequest, namedModel } from '../fixtures/choose-model.ts'
import { whyNotSynthetic } from '../fixtures/vision-choice.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { type Architecture, catalogue, scaleArchitecture, visionCatalogue } from '../models/index.ts'
import type { PerfOptions } from '../options/index.ts'
import { type ChoiceFacts, type EngineFacts, modelKey, planSpecs, variantsOf } from '../plan-items/index.ts'

/**
 * What a run would take for each model of the plans, by the rule that the specs choose by. Nothing is written or fetched:
 * what a run would write or fetch is taken to be there.
 *
 * @param has names of the models that the engine has.
 */
export async function choicesOf(
  engine: EngineFacts,
  has: readonly string[],
  options: PerfOptions,
): Promise<Record<string, Measured<ChoiceFacts>>> {
  const found: Record<string, Measured<ChoiceFacts>> = {}
  for (const variant of planSpecs.flatMap(({ models }) => models.flatMap(variantsOf))) {
    found[modelKey(variant)] ??= await choiceOf(variant, engine, has, options)
  }
  return found
}

async function choiceOf(
  request: ModelRequest,
  engine: EngineFacts,
  has: readonly string[],
  options: PerfOptions,
): Promise<Measured<ChoiceFacts>> {
  const { traits, origin, name } = engine
  const takesFiles = traits.modelFormat !== null && (origin === 'spawned' || options.synthetic)
  const there = await amongTheirs(request, engine, takesFiles, has, options)
  if (there.state === 'measured') return there
  if (options.pull && name === 'ollama')
    return measured({ name: request.model, origin: 'real', scale: 1, architecture: null })
  const written = takesFiles ? randomWeights(request, engine, options) : null
  return written ?? there
}

/** What the engine has of it, or the user as a file. */
async function amongTheirs(
  request: ModelRequest,
  { name, origin, where, traits }: EngineFacts,
  takesFiles: boolean,
  has: readonly string[],
  options: PerfOptions,
): Promise<Measured<ChoiceFacts>> {
  // A model of its own to be found is the exception, and the rule scales every model to compare names.
  if (takesFiles && request.role !== VISION && has.length === 0 && options.model === null)
    return absent(`${engineTitle(name)} has no model of its own here`)
  // An engine that takes files never makes do with the only model that it happens to have.
  const seen = takesFiles && has.length === 1 ? [...has, ''] : has
  const source = {
    // As one that is not ours, so that nothing is written.
    identity: { name, origin: 'attached', url: origin === 'attached' ? where : '' },
    traits,
    models: async () => seen.map(model => ({ name: model, status: 'unloaded' as const })),
    pull: async () => absent(''),
  } as const
  try {
    const found = await chooseModel(request, source, { ...options, synthetic: false, pull: false })
    return measured({ name: found.name, origin: found.origin, scale: found.scale, architecture: null })
  } catch (error) {
    if (!(error instanceof ModelMissingError)) throw error
    return absent(error.message.split('\n')[0] ?? error.message)
  }
}

/** What a run would write for it; null where the user wants the model that he named. */
function randomWeights(
  { model, role, quantisation }: ModelRequest,
  { name, traits: { modelFormat, catalogueName, seesNoImages } }: EngineFacts,
  options: PerfOptions,
): Measured<ChoiceFacts> | null {
  if (role === VISION) {
    if (seesNoImages !== null) return null
    const why = whyNotSynthetic(model, modelFormat)
    return why === null ? scaledDown(model, options) : absent(why)
  }
  if (modelFormat === 'hugging-face' && quantisation !== undefined && quantisation !== 'bf16')
    return absent(
      `${name} takes ${model} as a Hugging Face folder, which is written in BF16 and not in ${quantisation}`,
    )
  const named = namedModel(role, options)
  // Who names a model to an engine that knows real ones wants that one, unless random weights are asked for.
  if (named !== null && catalogueName !== null && !options.synthetic) return null
  const written = scaledDown(named ?? model, options)
  return written.state === 'measured' ? written : null
}

const VISION = 'vision'

/** Scaling is a search, and the same models are asked for again and again. */
const scaledModels = new Map<string, Architecture>()

function scaledDown(model: string, { profile }: PerfOptions): Measured<ChoiceFacts> {
  const scale = divisors[profile]
  const vision = visionCatalogue.find(({ name }) => name === model)?.parts
  const whole =
    catalogue.find(({ name }) => name === model) ?? (vision?.state === 'measured' ? vision.value.text : undefined)
  if (whole === undefined) return absent(`${model} is not in the catalogue`)
  const key = `${model} ${scale}`
  const architecture = scaledModels.get(key) ?? scaleArchitecture(whole, scale)
  scaledModels.set(key, architecture)
  return measured({ name: architecture.name, origin: 'synthetic', scale, architecture })
}
