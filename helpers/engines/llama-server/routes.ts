import { z } from 'zod'
import { CouldNotMeasureError } from '../../errors.ts'
import { absent, type Measured, measured } from '../../measured.ts'
import { listeningProcess } from '../../processes/index.ts'
import type { ModelStatus } from '../engine.ts'

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
  /** Its model is unloaded until the next request (--sleep-idle-seconds). Asking for the props does not wake it. */
  is_sleeping: z.boolean().default(false),
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

/** `autoload=false`: looking must not load what is not there. */
export const metricsQuery = (name: string): string => `?model=${encodeURIComponent(name)}&autoload=false`

/** A router marks a model whose process ended on its own `failed`, with the value `unloaded`. */
export function statusOf({ status }: RouterModel): ModelStatus {
  if (status.failed && status.value !== 'loaded' && status.value !== 'loading') return 'failed'
  if (status.value === 'loaded' || status.value === 'loading') return status.value
  return status.value === 'downloading' ? 'loading' : 'unloaded'
}

/** The embedded engine tells the pid; the real router tells the port that it gave to its child. */
export async function childPid({ id, status }: RouterModel): Promise<Measured<number>> {
  if (status.pid !== undefined) return measured(status.pid)
  const port = Number(status.args[status.args.indexOf('--port') + 1])
  if (Number.isInteger(port) && port > 0) return listeningProcess(port)
  return absent(`the router tells neither pid nor port of the process that serves ${id}`)
}

export function metricOf(page: Measured<Map<string, number>>, name: string): Measured {
  if (page.state === 'absent') return page
  const value = page.value.get(name)
  return value === undefined ? absent(`/metrics has no ${name}`) : measured(value)
}
