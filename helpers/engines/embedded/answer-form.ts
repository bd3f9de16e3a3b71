import { z } from 'zod'
import { invalidRequest } from './http-error.ts'
import type { AnswerForm } from './protocol.ts'

const plainType = z.enum(['string', 'number', 'integer', 'boolean', 'null'])
const literal = z.union([z.string(), z.number(), z.boolean(), z.null()])

/**
 * The JSON schemas that can be turned into a grammar. What else a schema may hold is not looked at: all properties
 * come, in the order in which they are named.
 */
const jsonSchema: z.ZodType<Record<string, unknown>> = z.lazy(() =>
  z.union([
    z.looseObject({ const: literal }),
    z.looseObject({ enum: z.array(literal).min(1) }),
    z.looseObject({ oneOf: z.array(jsonSchema).min(1) }),
    z.looseObject({ type: z.literal('object'), properties: z.record(z.string(), jsonSchema).optional() }),
    z.looseObject({ type: z.literal('array'), items: jsonSchema.optional() }),
    z.looseObject({ type: z.union([plainType, z.array(plainType).min(1)]) }),
  ]),
)

const anyObject = { type: 'object', additionalProperties: true }

/**
 * What a request wants its answer to be: OpenAI's `response_format`, or llama.cpp's `grammar`. Null for a text.
 *
 * @throws HttpError 400, as llama-server (v0.7.0) answers a form that it can make no grammar of.
 */
export function answerFormOf({ response_format: format, grammar }: Record<string, unknown>): AnswerForm | null {
  if (typeof grammar === 'string' && grammar !== '') return { kind: 'grammar', grammar }
  if (format === undefined || format === null) return null
  const { type, json_schema: given } = format as { type?: unknown; json_schema?: { schema?: unknown } }
  if (type === 'text') return null
  if (type === 'json_object') return { kind: 'json schema', schema: anyObject }
  if (type !== 'json_schema') {
    throw invalidRequest(`response_format type must be one of "text" or "json_object", but got: ${String(type)}`)
  }
  if (given?.schema === undefined) return { kind: 'json schema', schema: anyObject }
  const schema = jsonSchema.safeParse(given.schema)
  if (schema.success) return { kind: 'json schema', schema: schema.data }
  throw invalidRequest(`JSON schema error: no grammar can be made of ${JSON.stringify(given.schema)}`)
}
