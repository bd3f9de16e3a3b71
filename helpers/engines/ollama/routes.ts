import { z } from 'zod'
import { CouldNotMeasureError } from '../../errors.ts'

/** What this suite reads of Ollama's answers (0.17.4 and 0.33.0: see the data files beside the tests). */

/** GET /api/version. A build without a stamp says 0.0.0. */
export const versionAnswer = z.object({ version: z.string() })

/** GET /api/tags: what it has. */
export const tagsAnswer = z.object({ models: z.array(z.object({ name: z.string() })) })

/** GET /api/ps: what is loaded. */
export const psAnswer = z.object({
  models: z.array(z.object({ name: z.string(), context_length: z.number().optional() })),
})
export type LoadedModel = z.infer<typeof psAnswer>['models'][number]

/** POST /api/show. Looking at a model neither loads it nor keeps it loaded. */
export const showAnswer = z.object({
  modelfile: z.string(),
  template: z.string().default(''),
  model_info: z.record(z.string(), z.unknown()).default({}),
})
export type ShownModel = z.infer<typeof showAnswer>

/** The last record of POST /api/generate; a number that is 0 is left out. */
export const generateAnswer = z.object({ done: z.literal(true), prompt_eval_count: z.number().default(0) })

/** A line of POST /api/create or /api/pull. */
export const progressLine = z.object({
  status: z.string(),
  total: z.number().optional(),
  completed: z.number().optional(),
})

/** Reads an answer; the error names what was asked and what is not as it must be. */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown, from: string): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new CouldNotMeasureError(
    `${from} did not answer as Ollama does: ${issue?.path.join('.') || 'the answer'}: ${issue?.message}`,
  )
}
