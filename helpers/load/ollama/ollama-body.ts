import { BadInputError } from '../../errors.ts'
import { isObject } from '../completion-event.ts'
import type { LoadRequest } from '../load-request.ts'
import { CannotCarry } from './cannot-carry.ts'
import { ollamaMessages } from './ollama-messages.ts'

/** A request's body as Ollama's own API takes it, without what the target adds. */
export interface OllamaBody {
  options: Record<string, unknown>
  [field: string]: unknown
}

/** Puts the value of a field where it belongs. */
type Place = (body: OllamaBody, value: unknown, field: string) => void

const asField: Place = (body, value, field) => {
  body[field] = value
}
const asOption: Place = (body, value, field) => {
  body.options[field] = value
}
const asOptionNamed =
  (name: string): Place =>
  (body, value) =>
    asOption(body, value, name)
/** Changes neither the answer nor what it costs. */
const leftOut: Place = () => {}
/** Asks for what happens anyway, or for something that Ollama has not. */
const only =
  (allowed: unknown): Place =>
  (_body, value, field) => {
    if (value !== allowed) throw new CannotCarry(field, value)
  }

const common: Record<string, Place> = {
  temperature: asOption,
  top_p: asOption,
  top_k: asOption,
  min_p: asOption,
  seed: asOption,
  frequency_penalty: asOption,
  presence_penalty: asOption,
  repetition_penalty: asOptionNamed('repeat_penalty'),
  stop: (body, value, field) => asOption(body, typeof value === 'string' ? [value] : value, field),
  max_completion_tokens: asOptionNamed('num_predict'),
  // The older name, wherever it stands, gives way to the newer one.
  max_tokens: (body, value) => {
    body.options.num_predict ??= value
  },
  response_format: placeFormat,

  // Ollama's own, in a file that was written for it.
  format: asField,
  keep_alive: asField,
  think: asField,
  truncate: asField,
  options: placeOptions,

  model: leftOut,
  stream: leftOut,
  stream_options: leftOut,
  user: leftOut,
  metadata: leftOut,
  store: leftOut,
  service_tier: leftOut,
  safety_identifier: leftOut,
  prompt_cache_key: leftOut,
  // Not to be had there: an answer ends where the model ends it.
  ignore_eos: leftOut,
  n: only(1),
}

const chat: Record<string, Place> = {
  ...common,
  messages: (body, value, field) => asField(body, ollamaMessages(value), field),
  reasoning_effort: placeEffort,
  tools: asField,
  tool_choice: only('auto'),
  parallel_tool_calls: only(true),
  logprobs: asField,
  top_logprobs: asField,
}

const plain: Record<string, Place> = {
  ...common,
  prompt: placePrompt,
  logprobs: placeLogprobs,
  best_of: only(1),
  echo: only(false),
}

/**
 * Translates a body in OpenAI's form as Ollama's own /v1 routes do, so that a request means the same on both: where it
 * names no temperature or top_p they are 1, as OpenAI's, and not the model's. Differences from those routes: a plain
 * completion is raw, without the chat template; a prompt that is longer than the context is an error and is not cut;
 * content in parts stays one message.
 *
 * What only labels the request is left out (`user`, `metadata`, `store`, …), and `ignore_eos` too. Any other field that
 * Ollama has no place for is refused: the answers would not be those that the request asks for.
 *
 * @throws BadInputError that names the request, the field, and what to do.
 */
export function ollamaBody({ id, path, body }: LoadRequest): OllamaBody {
  const isChat = path === '/v1/chat/completions'
  const places = isChat ? chat : plain
  const native: OllamaBody = {
    ...(isChat ? {} : { raw: true }),
    truncate: false,
    options: { temperature: 1, top_p: 1 },
  }
  try {
    for (const [field, value] of Object.entries(body)) {
      if (value === null || value === undefined) continue
      const place = Object.hasOwn(places, field) ? places[field] : undefined
      if (place === undefined) throw new CannotCarry(field, value)
      place(native, value, field)
    }
  } catch (error) {
    if (!(error instanceof CannotCarry)) throw error
    throw new BadInputError(`preparing request "${id}" for Ollama: ${error.message}`, { cause: error })
  }
  return native
}

function placeOptions(body: OllamaBody, value: unknown, field: string): void {
  if (!isObject(value)) throw new CannotCarry(field, value, 'It must be an object.')
  Object.assign(body.options, value)
}

/** Token ids cannot be given, and an empty prompt would only load the model. */
function placePrompt(body: OllamaBody, value: unknown, field: string): void {
  if (typeof value !== 'string' || value === '') throw new CannotCarry(field, value, 'It must be a text.')
  body[field] = value
}

/** A plain completion gives the number of candidates in the same field. */
function placeLogprobs(body: OllamaBody, value: unknown): void {
  body.logprobs = true
  body.top_logprobs = value
}

function placeFormat(body: OllamaBody, value: unknown, field: string): void {
  const type = isObject(value) ? value.type : undefined
  if (type === 'text') return
  const schema = isObject(value) && isObject(value.json_schema) ? value.json_schema.schema : undefined
  if (type === 'json_object') body.format = 'json'
  else if (type === 'json_schema' && isObject(schema)) body.format = schema
  else throw new CannotCarry(field, value, 'It may be text, json_object, or json_schema with a schema.')
}

/** OpenAI's scale is longer at both ends. */
const thinkLevels = new Map<unknown, string | boolean>([
  ['none', false],
  ['minimal', 'low'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'high'],
])

function placeEffort(body: OllamaBody, value: unknown, field: string): void {
  const level = thinkLevels.get(value)
  if (level === undefined) throw new CannotCarry(field, value, `It may be ${[...thinkLevels.keys()].join(', ')}.`)
  body.think = level
}
