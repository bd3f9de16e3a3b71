/**
 * Prints the path of the model that the quick profile runs, with random weights: `node model.ts gguf|folder|weights`.
 * `node model.ts router FOLDER` puts the models that the specs of several models ask a router for into the folder, under
 * their names, and prints the folder.
 */
import { mkdir, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { modelStorage } from '../../helpers/fixtures/choose-model.ts'
import { type SyntheticModelRequest, syntheticModel, syntheticModelFolder } from '../../helpers/models/index.ts'

const divisor = 16

/** Several copies of the small one, two of the medium one, the medium one with more bits, and one of each other size. */
const routerModels: Pick<SyntheticModelRequest, 'model' | 'seed' | 'quantisation'>[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map(seed => ({ model: 'qwen2.5-0.5b', seed, quantisation: 'q4_0' as const })),
  ...[1, 2].map(seed => ({ model: 'qwen2.5-3b', seed, quantisation: 'q4_0' as const })),
  ...(['q8_0', 'f16'] as const).map(quantisation => ({ model: 'qwen2.5-3b', seed: 1, quantisation })),
  ...['qwen2.5-1.5b', 'smollm2-1.7b', 'gemma-2-2b', 'llama-3.2-1b', 'qwen2.5-7b', 'llama-3.1-8b'].map(model => ({
    model,
    seed: 1,
    quantisation: 'q4_0' as const,
  })),
]

const [form, folder = ''] = process.argv.slice(2)
const request = { model: 'qwen2.5-0.5b', divisor }
if (form === 'router') {
  await mkdir(folder, { recursive: true })
  for (const wanted of routerModels) {
    const { name, path } = await syntheticModel({ ...wanted, divisor }, modelStorage)
    const file = join(folder, `${name}${wanted.quantisation === 'q4_0' ? '' : ` ${wanted.quantisation}`}.gguf`)
    await rm(file, { force: true })
    await symlink(resolve(path), file)
  }
  console.log(resolve(folder))
} else {
  const { path } =
    form === 'gguf'
      ? await syntheticModel({ ...request, quantisation: 'q4_0' }, modelStorage)
      : await syntheticModelFolder({ ...request, weights: form === 'weights' }, modelStorage)
  console.log(path)
}
