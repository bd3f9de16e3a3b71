import type { LoadOptions, ModelFile } from '../engines/index.ts'
import { CouldNotMeasureError } from '../errors.ts'
import type { Measured } from '../measured.ts'
import type { ModelBackend } from './model-backend.ts'

export interface EngineBackendInput<Model extends ModelFile> {
  /** An Engine, or the lab, which lets the sampler follow what it loads. */
  engine: {
    load(model: Model, options: LoadOptions): Promise<unknown>
    unload(modelName: string): Promise<unknown>
  }
  models: readonly Model[]
  options: LoadOptions
  /** Bytes that a model takes when it is loaded with these options, before it is. */
  estimate(model: Model, options: LoadOptions): number | Promise<number>
  /** Bytes that a loaded model takes. */
  measure(modelName: string): Promise<Measured>
}

/** Models of an engine, for a pool. */
export async function engineBackend<Model extends ModelFile>({
  engine,
  models,
  options,
  estimate,
  measure,
}: EngineBackendInput<Model>): Promise<ModelBackend> {
  const byName = new Map(models.map(model => [model.name, model]))
  const estimatedBytes = new Map<string, number>()
  for (const model of models) estimatedBytes.set(model.name, await estimate(model, options))
  return {
    estimatedBytes,
    async load(name) {
      const model = byName.get(name)
      if (model === undefined) throw new TypeError(`the pool asked for ${name}, which it was not given`)
      try {
        await engine.load(model, options)
        return await measure(name)
      } catch (error) {
        // Some engines go on with a load whose request has ended.
        await engine.unload(name).catch(leftover => {
          const message = `${name} could not be loaded (${error}), and what is left of it could not be removed (${leftover}).`
          throw new CouldNotMeasureError(message, { cause: error })
        })
        throw error
      }
    },
    async unload(name) {
      await engine.unload(name)
    },
  }
}
