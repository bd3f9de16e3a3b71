import { z } from 'zod'
import { CouldNotMeasureError } from '../../errors.ts'

/** What this suite reads of vLLM's answers (0.32.0: see vllm-0.32.0.data.json). */

/** GET /version; it asks for no key. */
export const versionAnswer = z.object({ version: z.string() })

/** GET /v1/models: the model under each of its names, and what was added to it (LoRA). */
export const servedModels = z.object({
  data: z.array(z.object({ id: z.string(), root: z.string().nullish(), max_model_len: z.number().nullish() })),
})

/** POST /tokenize. */
export const tokenized = z.object({ count: z.number() })

/** GET /server_info?config_format=json, in development mode; older versions tell the configuration as one text. */
export const serverInfo = z.object({
  vllm_config: z.union([
    z.string(),
    z.object({ model_config: z.object({ enable_sleep_mode: z.boolean().optional() }).optional() }),
  ]),
})

/** POST /reset_prefix_cache; older versions answer with an empty body. */
export const cacheReset = z.object({ success: z.boolean() }).optional()

/** GET /is_sleeping. */
export const sleeping = z.object({ is_sleeping: z.boolean() })

/** Reads an answer; the error names what was asked and what is not as it must be. */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown, from: string): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new CouldNotMeasureError(
    `${from} did not answer as vLLM does: ${issue?.path.join('.') || 'the answer'}: ${issue?.message}`,
  )
}
