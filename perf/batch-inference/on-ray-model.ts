import { resolve } from 'node:path'
import { chooseModel, namedModel } from '../../helpers/fixtures/choose-model.ts'
import { absent, type Lab, type Measured, ModelMissingError, measured } from '../../helpers/index.ts'
import { cachedRepositories, findModel } from '../../helpers/models/index.ts'
import type { RayCluster, RayModel } from '../../helpers/ray/index.ts'

export interface ModelOnRay extends RayModel {
  /** For people. */
  title: string
}

/**
 * The model of a configuration as the workers of a cluster find it. On this machine as everywhere else: the user's own, the
 * plan's if it was downloaded, or one with its architecture and random weights. Workers elsewhere see no folder of this
 * machine: they take the model by its name on Hugging Face, the user's or the plan's, and fetch it themselves.
 */
export async function modelOnRay(
  lab: Lab,
  cluster: RayCluster,
  name: string,
  role: string,
): Promise<Measured<ModelOnRay>> {
  const { options } = lab.context
  if (!cluster.isHere) {
    const named = namedModel(role, options) ?? findModel(name).names.huggingFace
    if (named === null) return absent(`${name} has no name on Hugging Face; name one: PERF_MODEL=${role}=…`)
    return measured({ title: named, source: named, isDummy: false, bytes: 0, scale: 1 })
  }
  const source = {
    // A job takes its model with it and leaves nothing on the cluster, whoever started that.
    identity: { name: 'vllm', origin: 'spawned', url: '' },
    traits: { modelFormat: 'hugging-face', catalogueName: 'huggingFace', fixedOutput: true, seesNoImages: null },
    models: async () => (await cachedRepositories()).map(model => ({ name: model, status: 'unloaded' as const })),
    pull: async (model: string) => absent(`fetch it with \`hf download ${model}\``),
  } as const
  try {
    const chosen = await chooseModel({ model: name, role }, source, options, { signal: lab.signal })
    return measured({
      title: chosen.name,
      source: chosen.path === '' ? chosen.name : resolve(chosen.path),
      isDummy: chosen.origin === 'synthetic',
      bytes: chosen.bytes,
      scale: chosen.scale,
    })
  } catch (error) {
    if (!(error instanceof ModelMissingError) || namedModel(role, options) !== null) throw error
    return absent(error.message)
  }
}
