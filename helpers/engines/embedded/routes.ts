import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { chatFormat, textFormat } from './answer-format.ts'
import { serveCompletion } from './completions.ts'
import { sendJson } from './http-answer.ts'
import { invalidRequest, notFound } from './http-error.ts'
import type { ModelChild } from './model-child.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { ModelProcessOptions } from './protocol.ts'
import { chatPromptOf, completionCall, completionPromptOf, parseBody, readJson } from './request-body.ts'

export interface RouteContext {
  registry: ModelRegistry
  /** What every model process is started with. */
  defaults: Pick<ModelProcessOptions, 'threads' | 'gpu'>
  /** node-llama-cpp's and llama.cpp's release. */
  build: string
}

interface Call extends RouteContext {
  url: URL
  body: Record<string, unknown>
  response: ServerResponse
}

type Route = (call: Call) => Promise<void> | void

const listModels: Route = ({ registry, response }) => sendJson(response, { data: registry.list(), object: 'list' })

/** llama-server's router and per-model routes that this suite uses. */
const routes: Record<string, Route> = {
  'GET /health': ({ response }) => sendJson(response, { status: 'ok' }),
  'GET /v1/models': listModels,
  'GET /models': listModels,
  'POST /models/load': loadModel,
  'POST /models/unload': async ({ registry, body, response }) => {
    await registry.unload(String(body.model))
    sendJson(response, { success: true })
  },
  'POST /v1/chat/completions': async call => {
    const child = await modelOf(call)
    const completion = completionCall(call.body, chatPromptOf(call.body))
    serveCompletion(child, completion, chatFormat(child.options.name), call.response)
  },
  'POST /v1/completions': async call => {
    const child = await modelOf(call)
    const completion = completionCall(call.body, completionPromptOf(call.body))
    serveCompletion(child, completion, textFormat(child.options.name), call.response)
  },
  'POST /tokenize': async call => {
    const child = await modelOf(call)
    const body = parseBody(tokenizeBody, call.body)
    const { content: text, add_special: addSpecial, parse_special: parseSpecial, with_pieces: withPieces } = body
    sendJson(call.response, await child.ask({ kind: 'tokenize', text, addSpecial, parseSpecial, withPieces }))
  },
  'POST /detokenize': async call => {
    const child = await modelOf(call)
    const { tokens } = parseBody(z.object({ tokens: z.array(z.number().int()) }), call.body)
    sendJson(call.response, await child.ask({ kind: 'detokenize', tokens }))
  },
  'POST /apply-template': async call => {
    const child = await modelOf(call)
    const prompt = chatPromptOf(call.body)
    if (prompt.kind !== 'chat') throw invalidRequest("'messages' is required")
    const { messages, addGenerationPrompt } = prompt
    sendJson(call.response, await child.ask({ kind: 'apply template', messages, addGenerationPrompt }))
  },
  'GET /props': async call => {
    const ofModel = call.url.searchParams.has('model')
    sendJson(call.response, ofModel ? modelProps(await modelOf(call), call.build) : routerProps(call.build))
  },
  'GET /slots': async call => {
    const child = await modelOf(call)
    sendJson(call.response, await child.ask({ kind: 'slots' }))
  },
  'GET /metrics': async call => {
    const child = await modelOf(call)
    const text = await child.ask({ kind: 'metrics' })
    call.response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(text)
  },
}

/** Answers one request; throws what is to be answered as an error. */
export async function route(context: RouteContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const handler = routes[`${request.method} ${url.pathname}`]
  if (!handler) throw notFound()
  const body = request.method === 'POST' ? await readJson(request) : {}
  await handler({ ...context, url, body, response })
}

const tokenizeBody = z.object({
  content: z.string(),
  add_special: z.boolean().default(false),
  parse_special: z.boolean().default(true),
  with_pieces: z.boolean().default(false),
})

/** The body's `model`, or the query's; `autoload=false` in the query keeps a request from loading it. */
async function modelOf({ registry, url, body }: Call): Promise<ModelChild> {
  const name = body.model ?? url.searchParams.get('model')
  if (typeof name !== 'string' || name === '') throw invalidRequest('model name is missing from the request')
  return registry.running(name, { autoload: url.searchParams.get('autoload') !== 'false' })
}

/** Beside llama-server's `model`: `path`, `n_ctx` (of each slot), `slots` and `settings` make a file known under that name. */
const loadBody = z.object({
  path: z.string().optional(),
  n_ctx: z.number().int().positive().default(4096),
  slots: z.number().int().positive().default(1),
  settings: z
    .strictObject({
      kvCacheType: z.enum(['f16', 'q8_0', 'q4_0']),
      memoryMap: z.boolean(),
      gpuLayers: z.number().int().nonnegative(),
      flashAttention: z.boolean(),
      prefixCache: z.boolean(),
    })
    .partial()
    .default({}),
})

function loadModel({ registry, defaults, body, response }: Call): void {
  const name = String(body.model)
  const { path, n_ctx: contextTokens, slots, settings } = parseBody(loadBody, body)
  registry.load(name, path === undefined ? undefined : { name, path, contextTokens, slots, settings, ...defaults })
  sendJson(response, { success: true })
}

const routerProps = (build: string): object => ({
  role: 'router',
  models_autoload: true,
  model_alias: 'embedded',
  model_path: 'none',
  default_generation_settings: { params: null, n_ctx: 0 },
  build_info: build,
})

const modelProps = ({ options, facts }: ModelChild, build: string): object => ({
  default_generation_settings: {
    params: { seed: 4294967295, temperature: 0.8, top_k: 40, top_p: 0.95, min_p: 0.05, n_predict: -1 },
    n_ctx: facts?.meta.n_ctx,
  },
  total_slots: options.slots,
  model_alias: options.name,
  model_path: options.path,
  modalities: { vision: false, video: false, audio: false },
  endpoint_slots: true,
  endpoint_props: false,
  endpoint_metrics: true,
  chat_template: facts?.chatTemplate,
  bos_token: facts?.bosToken,
  eos_token: facts?.eosToken,
  build_info: build,
  is_sleeping: false,
})
