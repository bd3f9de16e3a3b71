import { z } from 'zod'
import type { BatchConfiguration, ConfigurationCategory } from './configuration.ts'

/** In the order in which they are told. */
const categories = [
  'baseline',
  'concurrency',
  'large model',
  'stress',
  'sla',
  'before and after',
  'memory-optimised',
] as const satisfies readonly ConfigurationCategory[]

/** Every message says what is allowed: it stands after what was found. */
const wholeNumber = () => {
  const allowed = 'a whole number from 1'
  return z.int(allowed).min(1, allowed)
}

const share = () => {
  const allowed = 'a number above 0 and up to 1'
  return z.number(allowed).gt(0, allowed).max(1, allowed)
}

const fields = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  z.strictObject(shape, `the fields ${Object.keys(shape).join(', ')}`)

/** One configuration as it stands in a file. Names become parts of ids. */
const entrySchema = fields({
  name: z
    .string('lower-case letters and digits, joined by single dashes or dots')
    .regex(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/, 'lower-case letters and digits, joined by single dashes or dots'),
  category: z.enum(categories, categories.join(', ')),
  model: fields({
    name: z.string('the name of a model').regex(/\S/, 'the name of a model'),
    tensor_parallel_size: wholeNumber(),
  }),
  inference: fields({
    batch_size: wholeNumber(),
    concurrency: wholeNumber(),
    gpu_memory_utilization: share(),
    max_tokens: wholeNumber(),
  }),
  data: fields({ num_samples: wholeNumber(), prompt_tokens: wholeNumber() }),
}).superRefine(({ inference: { batch_size, concurrency }, data: { num_samples } }, context) => {
  const outstanding = batch_size * concurrency
  if (num_samples >= outstanding) return
  context.addIssue({
    code: 'custom',
    path: ['data', 'num_samples'],
    message: `${outstanding.toLocaleString('en')} or more: batch_size × concurrency are to be outstanding at once`,
  })
})

/** The whole file; each of its entries is judged by itself, so that one wrong entry hides no other. */
export const fileSchema = fields({
  configurations: z.array(z.unknown(), 'a list of configurations').min(1, 'a list of at least one configuration'),
})

/** From what stands in a file: snake_case, as in plan 002 and Ray Data. */
export const configurationSchema = entrySchema.transform(
  ({ name, category, model, inference, data }): BatchConfiguration => ({
    name,
    category,
    model: { name: model.name, tensorParallelSize: model.tensor_parallel_size },
    inference: {
      batchSize: inference.batch_size,
      concurrency: inference.concurrency,
      gpuMemoryUtilization: inference.gpu_memory_utilization,
      maxTokens: inference.max_tokens,
    },
    data: { samples: data.num_samples, promptTokens: data.prompt_tokens },
  }),
)

/** The way back. */
export const fileFormOf = ({
  name,
  category,
  model,
  inference,
  data,
}: BatchConfiguration): z.input<typeof configurationSchema> => ({
  name,
  category,
  model: { name: model.name, tensor_parallel_size: model.tensorParallelSize },
  inference: {
    batch_size: inference.batchSize,
    concurrency: inference.concurrency,
    gpu_memory_utilization: inference.gpuMemoryUtilization,
    max_tokens: inference.maxTokens,
  },
  data: { num_samples: data.samples, prompt_tokens: data.promptTokens },
})
