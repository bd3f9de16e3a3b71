/** The process of the fault server: HTTP on a loopback port, its settings and ledger over IPC. */
import { createServer } from 'node:net'
import { countWords, FaultEngine } from './fault-engine.ts'
import { HttpConnection, type HttpRequest } from './http-connection.ts'
import type { ChildMessage, ParentMessage } from './messages.ts'
import type { FaultSettings } from './settings.ts'

const engine = new FaultEngine(JSON.parse(process.argv[2] ?? '') as FaultSettings)
let connections = 0

const server = createServer({ noDelay: true }, socket => {
  connections++
  new HttpConnection(socket, route)
})

function route(request: HttpRequest, connection: HttpConnection): void {
  if (/^\/(v1\/(chat\/)?completions|api\/(chat|generate))$/.test(request.path)) engine.accept(request, connection)
  else connection.reply(...answer(request))
}

function answer(request: HttpRequest): [status: number, body: unknown, contentType?: string] {
  switch (`${request.method} ${request.path.split('?')[0]}`) {
    case 'GET /health':
      return engine.modelState === 'loaded'
        ? [200, { status: 'ok' }]
        : [503, { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }]
    case 'GET /models':
    case 'GET /v1/models':
      return [200, { object: 'list', data: [modelEntry()] }]
    case 'POST /models/load':
      engine.load()
      return [200, { success: true }]
    case 'POST /models/unload':
      engine.unload()
      return [200, { success: true }]
    case 'GET /props':
      return [200, { role: 'router', build_info: 'fault-server' }]
    case 'GET /slots':
      return [200, []]
    case 'POST /tokenize': {
      const { content } = JSON.parse(request.body.toString()) as { content: string }
      return [200, { tokens: Array.from({ length: countWords(content) }, (_, i) => i) }]
    }
    case 'GET /metrics':
      return [200, metrics(), 'text/plain; version=0.0.4']
    default:
      return [404, { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } }]
  }
}

function modelEntry() {
  return {
    id: engine.settings.model,
    object: 'model',
    owned_by: 'fault-server',
    meta: { n_ctx_train: 32_768, n_params: 1, size: 1 },
    status: { value: engine.modelState, args: [] },
    // As a router's child has a process of its own, every instance has an id of its own.
    pid: engine.modelState === 'loaded' ? process.pid : null,
    instance: `${process.pid}-${engine.instance}`,
  }
}

function metrics(): string {
  const { counters } = engine
  const lines: [name: string, kind: 'counter' | 'gauge', value: number][] = [
    ['prompt_tokens_total', 'counter', counters.promptTokens],
    ['tokens_predicted_total', 'counter', counters.predictedTokens],
    ['requests_processing', 'gauge', engine.running],
    ['requests_deferred', 'gauge', engine.waiting],
  ]
  return lines.map(([name, kind, value]) => `# TYPE llamacpp:${name} ${kind}\nllamacpp:${name} ${value}\n`).join('')
}

const send = (message: ChildMessage): void => {
  process.send?.(message)
}

process.on('message', (message: ParentMessage) => {
  if (message.kind === 'set') engine.change(message.change)
  else if (message.kind === 'reload') engine.reload(message.pauseMs)
  const value = message.kind === 'ledger' ? engine.ledger(connections) : null
  send({ kind: 'answer', id: message.id, value })
})
// The parent is gone, however it went: nothing may be left behind.
process.on('disconnect', () => process.exit(0))

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') send({ kind: 'listening', port: address.port })
})
