import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type BatchFields, type BatchJobContext, type BatchLedger, runBatchJob } from './batch-job.ts'
import { type BatchServerSettings, defaultBatchServerSettings } from './settings.ts'

/** A server of the OpenAI Batch API that forwards every line to an engine and keeps a ledger of what it did. */
export interface BatchServer extends AsyncDisposable {
  readonly url: string
  readonly settings: BatchServerSettings
  ledger(): BatchLedger
  /** Holds back every further group of requests until `release`. */
  hold(): void
  release(): void
}

class NotFound extends Error {}

export async function startBatchServer(
  change: Pick<BatchServerSettings, 'engineUrl'> & Partial<BatchServerSettings>,
): Promise<BatchServer> {
  const state = new BatchServerState({ ...defaultBatchServerSettings, ...change })
  const server = createServer((request, response) => {
    state.answer(request, response).catch((error: Error) => {
      const status = error instanceof NotFound ? 404 : 500
      reply(response, status, { error: { message: error.message, type: 'invalid_request_error' } })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    settings: state.settings,
    ledger: () => ({ ...state.ledger, files: [...state.files.keys()] }),
    hold: () => state.hold(),
    release: () => state.release(),
    [Symbol.asyncDispose]: async () => {
      state.stop()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

class BatchServerState {
  readonly settings: BatchServerSettings
  readonly files = new Map<string, string>()
  readonly ledger: BatchLedger = {
    submitted: [],
    looks: 0,
    forwarded: [],
    lost: [],
    repeated: [],
    failed: [],
    cancelled: [],
    files: [],
  }
  readonly #batches = new Map<string, { fields: BatchFields; stop: AbortController }>()
  readonly #count = { lines: 0 }
  #gate: PromiseWithResolvers<void> | null = null
  #lastId = 0

  constructor(settings: BatchServerSettings) {
    this.settings = settings
  }

  hold(): void {
    this.#gate ??= Promise.withResolvers<void>()
  }

  release(): void {
    this.#gate?.resolve()
    this.#gate = null
  }

  stop(): void {
    for (const { stop } of this.#batches.values()) stop.abort()
    this.release()
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { apiKey, modelPrefix, engineUrl } = this.settings
    if (apiKey !== null && request.headers.authorization !== `Bearer ${apiKey}`)
      return reply(response, 401, { error: { message: 'Incorrect API key provided' } })
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const [, , kind, id, verb] = path.split('/')
    switch (`${request.method} /v1/${kind}${id ? '/:id' : ''}${verb ? `/${verb}` : ''}`) {
      case 'GET /v1/models': {
        const models = (await (await fetch(`${engineUrl}/v1/models`)).json()) as { data: { id: string }[] }
        return reply(response, 200, { data: models.data.map(model => ({ id: `${modelPrefix}${model.id}` })) })
      }
      case 'POST /v1/files':
        return reply(response, 200, await this.#upload(request))
      case 'GET /v1/files/:id/content':
        return void response.writeHead(200).end(this.#file(id))
      case 'DELETE /v1/files/:id':
        if (!this.settings.deletes) return reply(response, 405, { error: { message: 'not allowed' } })
        this.#file(id)
        this.files.delete(id ?? '')
        return reply(response, 200, { id, object: 'file', deleted: true })
      case 'GET /v1/batches': {
        const data = [...this.#batches.values()].map(({ fields }) => fields).reverse()
        return reply(response, 200, { object: 'list', data, has_more: false })
      }
      case 'POST /v1/batches':
        return reply(response, 200, this.#create(JSON.parse((await bodyOf(request)).toString())))
      case 'GET /v1/batches/:id':
        this.ledger.looks++
        return reply(response, 200, this.#batch(id).fields)
      case 'POST /v1/batches/:id/cancel': {
        const { fields, stop } = this.#batch(id)
        fields.status = 'cancelling'
        stop.abort()
        return reply(response, 200, fields)
      }
      default:
        throw new NotFound(`no route ${request.method} ${path}`)
    }
  }

  async #upload(request: IncomingMessage) {
    const headers = { 'content-type': request.headers['content-type'] ?? '' }
    const form = await new Response(new Uint8Array(await bodyOf(request)), { headers }).formData()
    const file = form.get('file')
    if (!(file instanceof File) || form.get('purpose') !== 'batch')
      throw new Error('a file with purpose batch is needed')
    return { id: this.#save(await file.text()), object: 'file', purpose: 'batch', filename: file.name }
  }

  #create(body: Record<string, string>): BatchFields {
    const fields: BatchFields = {
      id: `batch_${++this.#lastId}`,
      object: 'batch',
      endpoint: body.endpoint ?? '',
      completion_window: body.completion_window ?? '',
      input_file_id: body.input_file_id ?? '',
      metadata: body.metadata,
      created_at: Math.floor(Date.now() / 1000),
      status: 'validating',
      request_counts: null,
      output_file_id: null,
      error_file_id: null,
      errors: null,
    }
    const stop = new AbortController()
    this.#batches.set(fields.id, { fields, stop })
    const context: BatchJobContext = {
      settings: this.settings,
      ledger: this.ledger,
      count: this.#count,
      gate: async () => this.#gate?.promise,
      save: (_name, text) => this.#save(text),
    }
    void runBatchJob(fields, this.#file(fields.input_file_id), context, stop.signal)
    return { ...fields }
  }

  #save(text: string): string {
    const id = `file-${++this.#lastId}`
    this.files.set(id, text)
    return id
  }

  #file(id = ''): string {
    const text = this.files.get(id)
    if (text === undefined) throw new NotFound(`No such file: ${id}`)
    return text
  }

  #batch(id = '') {
    const batch = this.#batches.get(id)
    if (batch === undefined) throw new NotFound(`No batch found with id '${id}'`)
    return batch
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
