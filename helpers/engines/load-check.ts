import { CouldNotMeasureError } from '../errors.ts'
import type { Engine, LoadOptions, LoadSettings, ModelFile } from './engine.ts'

/** The engine that is asked, as far as it decides what it can be asked for. */
interface AskedEngine {
  identity: Pick<Engine['identity'], 'name'>
  traits: Pick<Engine['traits'], 'neverExpires' | 'loadSettings' | 'seesNoImages'>
}

/**
 * Refuses a load that the engine would carry out as another one than was asked for: every adapter calls it first.
 *
 * @throws CouldNotMeasureError for an expiry, a setting or a projector that the engine does not honour.
 */
export function checkLoad({ identity, traits }: AskedEngine, model: ModelFile, options: LoadOptions): void {
  const { keepAlive = 'forever', settings = {} } = options
  if (keepAlive !== 'forever' && traits.neverExpires !== null) {
    throw new CouldNotMeasureError(`${model.name} cannot expire: ${traits.neverExpires}.`)
  }
  const refused = settingsGiven(settings).filter(name => !traits.loadSettings.includes(name))
  if (refused.length > 0) {
    throw new CouldNotMeasureError(
      `${model.name} cannot be loaded with ${refused.join(' and ')}: ${identity.name} honours ` +
        `${traits.loadSettings.join(', ') || 'no such setting'} at a load.`,
    )
  }
  if (model.projectorPath !== undefined && traits.seesNoImages !== null) {
    throw new CouldNotMeasureError(
      `${model.name} cannot be loaded with its projector ${model.projectorPath}: ${traits.seesNoImages}.`,
    )
  }
}

/** Those with a value. */
const settingsGiven = (settings: LoadSettings): (keyof LoadSettings)[] =>
  (
    [
      'kvCacheType',
      'memoryMap',
      'gpuLayers',
      'flashAttention',
      'prefixCache',
      'gpuMemoryShare',
      'tensorParallel',
    ] as const
  ).filter(name => settings[name] !== undefined)

/** What decides how a model is held in memory, as text: another text is another load. */
export const loadKey = (
  { path, projectorPath }: ModelFile,
  { contextTokens, slots, settings = {} }: LoadOptions,
): string =>
  JSON.stringify([
    path,
    projectorPath,
    contextTokens,
    slots,
    settings.kvCacheType,
    settings.memoryMap,
    settings.gpuLayers,
    settings.flashAttention,
    settings.prefixCache,
    settings.gpuMemoryShare,
    settings.tensorParallel,
  ])
