/**
 * The process of one loaded model. Started by the engine's server with its options as the only argument; speaks
 * protocol.ts over IPC; ends when the server does. Exit code 1: the model could not be loaded.
 */
import { flushCompileCache } from 'node:module'
import type { GenerationSink } from './generation.ts'
import type { FromModel, ModelProcessOptions, ToModel } from './protocol.ts'
import type { ServedModel } from './served-model.ts'
import { skipBinaryTest } from './skip-binary-test.ts'

// Native threads may be in the middle of a batch: nothing but the kernel ends them at once.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))

const send = (message: FromModel): void => {
  process.send?.(message)
}

let pieces: (number | string)[] = []
function flush(): void {
  if (pieces.length === 0) return
  send({ type: 'tokens', pieces })
  pieces = []
}

const sink: GenerationSink = {
  text(id, text) {
    if (pieces.length === 0) setImmediate(flush)
    pieces.push(id, text)
  },
  done(id, result) {
    flush()
    send({ type: 'done', id, ...result })
  },
  failed(id, error) {
    flush()
    process.stderr.write(`request ${id} failed: ${String(error)}\n`)
    send({ type: 'refused', id, error: { code: 500, message: String(error), type: 'server_error' } })
  },
  started() {},
  released() {},
}

function receive(model: ServedModel, message: ToModel): void {
  switch (message.type) {
    case 'generate': {
      const error = model.generate(message.id, message.request, sink)
      if (error) send({ type: 'refused', id: message.id, error })
      return
    }
    case 'cancel':
      model.cancel(message.id)
      return
    case 'ask':
      send({ type: 'answer', id: message.id, value: model.answer(message.question) })
  }
}

try {
  const options: ModelProcessOptions = JSON.parse(process.argv[2] ?? '{}')
  if (options.gpu === false) skipBinaryTest()
  const { ServedModel } = await import('./served-model.ts')
  const model = await ServedModel.load(options)
  process.on('message', (message: ToModel) => {
    try {
      receive(model, message)
    } catch (error) {
      send({ type: 'refused', id: message.id, error: { code: 500, message: String(error), type: 'server_error' } })
    }
  })
  send({ type: 'ready', facts: model.facts })
  // It is written at the end of a process otherwise, and this one ends by SIGKILL.
  flushCompileCache()
} catch (error) {
  process.stderr.write(`cannot load the model: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
