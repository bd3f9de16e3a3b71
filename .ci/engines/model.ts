/** Prints the path of the model that the quick profile runs, with random weights: `node model.ts gguf|folder|weights`. */
import { modelStorage } from '../../helpers/fixtures/choose-model.ts'
import { syntheticModel, syntheticModelFolder } from '../../helpers/models/index.ts'

const [form] = process.argv.slice(2)
const request = { model: 'qwen2.5-0.5b', divisor: 16 }
const { path } =
  form === 'gguf'
    ? await syntheticModel({ ...request, quantisation: 'q4_0' }, modelStorage)
    : await syntheticModelFolder({ ...request, weights: form === 'weights' }, modelStorage)
console.log(path)
