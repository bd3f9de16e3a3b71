import { z } from 'zod'
import { CouldNotMeasureError } from '../errors.ts'

/** What this suite reads of llama-server's answers, and of those of servers that speak its dialect. */

/** GET /models of a router. `pid` and `path` come from the embedded engine alone. */
export const routerModels = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      status: z.object({
        value: z.string(),
        args: z.array(z.string()).default([]),
        failed: z.boolean().default(false),
        exit_code: z.number().optional(),
        pid: z.number().optional(),
      }),
    }),
  ),
})
export type RouterModel = z.infer<typeof routerModels>['data'][number]

/** GET /v1/models of a server with a single model. */
export const servedModels = z.object({ data: z.array(z.object({ id: z.string() })) })

/** GET /props, of a router (`role`) or of one model. */
export const serverProps = z.object({
  role: z.string().optional(),
  build_info: z.string().default('unknown'),
  total_slots: z.number().optional(),
  default_generation_settings: z.object({ n_ctx: z.number() }).optional(),
  model_path: z.string().optional(),
})

export const tokenized = z.object({ tokens: z.array(z.unknown()) })

/** Reads an answer; the error names what was asked and what is not as it must be. */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown, from: string): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new CouldNotMeasureError(
    `${from} did not answer as llama-server does: ${issue?.path.join('.') || 'the answer'}: ${issue?.message}`,
  )
}
