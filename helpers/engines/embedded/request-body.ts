import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { answerFormOf } from './answer-form.ts'
import { invalidRequest } from './http-error.ts'
import type { GenerationRequest, Prompt } from './protocol.ts'

/** A JSON object; an empty body is an empty object. Throws the error that llama-server answers to broken JSON. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  if (text === '') return {}
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw invalidRequest(`[json.exception.parse_error.101] parse error: ${(error as Error).message}`)
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalidRequest('the body is no object')
  return body as Record<string, unknown>
}

/** Checks a body; the error names the field and what it must be. */
export function parseBody<T>(schema: z.ZodType<T>, body: Record<string, unknown>): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalidRequest(`Field '${issue?.path.join('.')}': ${issue?.message}`)
}

/** `content` may be in parts, of which only text is understood. */
const content = z
  .union([z.string(), z.array(z.object({ type: z.literal('text'), text: z.string() }))], {
    error: "Expected 'content' to be a string or an array of text parts",
  })
  .transform(value => (typeof value === 'string' ? value : value.map(part => part.text).join('')))

export const chatMessages = z.array(z.object({ role: z.string(), content }))

/** Fields of a completion that are understood, with llama-server's defaults; others are ignored, as it ignores them. */
const generationFields = z.object({
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.number().int().nullish(),
  max_completion_tokens: z.number().int().nullish(),
  n_predict: z.number().int().nullish(),
  temperature: z.number().nullish(),
  top_k: z.number().int().nullish(),
  top_p: z.number().nullish(),
  min_p: z.number().nullish(),
  seed: z.number().int().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  ignore_eos: z.boolean().nullish(),
  cache_prompt: z.boolean().nullish(),
})

export interface CompletionCall {
  request: GenerationRequest
  stream: boolean
  includeUsage: boolean
}

export function completionCall(body: Record<string, unknown>, prompt: Prompt): CompletionCall {
  const fields = parseBody(generationFields, body)
  const stop = fields.stop ?? []
  return {
    stream: fields.stream ?? false,
    includeUsage: fields.stream_options?.include_usage ?? false,
    request: {
      prompt,
      maxTokens: fields.max_tokens ?? fields.max_completion_tokens ?? fields.n_predict ?? -1,
      temperature: Math.max(0, fields.temperature ?? 0.8),
      topK: fields.top_k ?? 40,
      topP: fields.top_p ?? 0.95,
      minP: fields.min_p ?? 0.05,
      seed: fields.seed === undefined || fields.seed === null || fields.seed < 0 ? null : fields.seed,
      stop: typeof stop === 'string' ? [stop] : stop,
      ignoreEos: fields.ignore_eos ?? false,
      form: answerFormOf(body),
      cachePrompt: fields.cache_prompt ?? true,
    },
  }
}

export function chatPromptOf(body: Record<string, unknown>): Prompt {
  if (body.messages === undefined) throw invalidRequest("'messages' is required")
  const { messages, add_generation_prompt } = parseBody(
    z.object({ messages: chatMessages, add_generation_prompt: z.boolean().nullish() }),
    body,
  )
  return { kind: 'chat', messages, addGenerationPrompt: add_generation_prompt ?? true }
}

/** A text or the tokens of one prompt. Several prompts in one request are refused. */
export function completionPromptOf(body: Record<string, unknown>): Prompt {
  if (body.prompt === undefined) throw invalidRequest("[json.exception.out_of_range.403] key 'prompt' not found")
  const { prompt } = parseBody(
    z.object({
      prompt: z.union([z.string(), z.array(z.number().int())], {
        error: 'must be a string or an array of tokens; several prompts in one request are not supported',
      }),
    }),
    body,
  )
  return typeof prompt === 'string' ? { kind: 'text', text: prompt } : { kind: 'tokens', tokens: prompt }
}
