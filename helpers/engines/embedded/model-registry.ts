import { invalidRequest, notFound, stillLoading } from './http-error.ts'
import { ModelChild } from './model-child.ts'
import type { ModelMeta, ModelProcessOptions } from './protocol.ts'

interface Entry {
  options: ModelProcessOptions
  child: ModelChild | undefined
  /** Of the last process, if it ended on its own. */
  exitCode: number | undefined
}

/** One row of the router's GET /models. */
export interface ModelRow {
  id: string
  object: 'model'
  owned_by: string
  created: number
  status: {
    value: 'unloaded' | 'loading' | 'loaded'
    args: string[]
    /** Only while a process exists; llama-server does not tell. */
    pid?: number
    failed?: true
    exit_code?: number
  }
  path: string
  meta?: ModelMeta
}

/** The models that the server knows, loaded or not, one process per loaded model. */
export class ModelRegistry {
  readonly #entries = new Map<string, Entry>()
  readonly #onProcess: (pid: number) => void

  /** `onProcess` hears of every process that is started. */
  constructor(onProcess: (pid: number) => void) {
    this.#onProcess = onProcess
  }

  list(): ModelRow[] {
    return [...this.#entries].map(([name, entry]) => row(name, entry))
  }

  /** Starts the model's process and returns at once; `options` make an unknown model known, or an idle one another. */
  load(name: string, options: ModelProcessOptions | undefined): void {
    const known = this.#entries.get(name)
    if (known?.child) throw invalidRequest('model is already running')
    if (options) this.#entries.set(name, { options, child: undefined, exitCode: undefined })
    const entry = this.#entries.get(name)
    if (!entry) throw notFound()
    this.#start(entry)
  }

  /** Resolves when the model's process is gone. */
  async unload(name: string): Promise<void> {
    const entry = this.#entries.get(name)
    if (!entry) throw invalidRequest('model is not found')
    const { child } = entry
    if (!child) throw invalidRequest('model is not running')
    // Taken off first: an end that was asked for is no failure.
    entry.child = undefined
    await child.kill()
  }

  /** The model's process, loaded for this request if it is not, unless that is refused. */
  async running(name: string, { autoload }: { autoload: boolean }): Promise<ModelChild> {
    const entry = this.#entries.get(name)
    if (!entry) throw invalidRequest(`model '${name}' not found`)
    if (!autoload && !entry.child) throw invalidRequest('model is not loaded')
    if (!autoload && !entry.child?.facts) throw stillLoading()
    const child = entry.child ?? this.#start(entry)
    await child.ready
    return child
  }

  async close(): Promise<void> {
    const children = [...this.#entries.values()].flatMap(({ child }) => child ?? [])
    await Promise.all(children.map(child => child.kill()))
  }

  #start(entry: Entry): ModelChild {
    const child = new ModelChild(entry.options)
    entry.child = child
    entry.exitCode = undefined
    if (child.pid !== undefined) this.#onProcess(child.pid)
    void child.exited.then(code => {
      if (entry.child !== child) return
      entry.child = undefined
      entry.exitCode = code
      process.stderr.write(`the process of model ${entry.options.name} ended on its own, exit code ${code}\n`)
    })
    return child
  }
}

function row(name: string, { options, child, exitCode }: Entry): ModelRow {
  return {
    id: name,
    object: 'model',
    owned_by: 'llamacpp',
    created: Math.floor(Date.now() / 1e3),
    status: {
      value: child ? (child.facts ? 'loaded' : 'loading') : 'unloaded',
      args: child?.args ?? [],
      ...(child?.pid === undefined ? {} : { pid: child.pid }),
      ...(exitCode === undefined ? {} : { failed: true as const, exit_code: exitCode }),
    },
    path: options.path,
    ...(child?.facts ? { meta: child.facts.meta } : {}),
  }
}
