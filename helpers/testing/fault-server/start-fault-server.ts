import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { CompletionTarget } from '../../engines/engine.ts'
import type { Ledger } from './ledger.ts'
import type { ChildMessage, ParentCommand } from './messages.ts'
import { defaultSettings, mergeSettings, type SettingsChange } from './settings.ts'

const entry = fileURLToPath(new URL('./server-process.ts', import.meta.url))

/** A running fault server. It is another process, so that a client never measures its own server. */
export interface FaultServer extends AsyncDisposable {
  readonly origin: string
  readonly pid: number
  /** Where the load client sends; OpenAI's protocol unless said. */
  target(protocol?: CompletionTarget['protocol']): CompletionTarget
  /** Changes settings; requests that come after it resolves are treated by them. */
  set(change: SettingsChange): Promise<void>
  /** Unloads the model now and brings it back after the pause, as another instance. */
  reload(pauseMs: number): Promise<void>
  ledger(): Promise<Ledger>
  /** Kills the process as a crash would. */
  crash(): Promise<void>
}

/** Starts a server with these settings on a free loopback port. */
export async function startFaultServer(change: SettingsChange = {}): Promise<FaultServer> {
  const settings = mergeSettings(defaultSettings, change)
  const child = fork(entry, [JSON.stringify(settings)], {
    // Neither a debugger's nor a test runner's arguments; a small young generation keeps the process's own memory still.
    execArgv: ['--max-semi-space-size=2'],
    serialization: 'advanced',
  })
  const exited = once(child, 'exit')
  const port = await listening(child)
  const waiting = new Map<number, (value: Ledger | null) => void>()
  child.on('message', (message: ChildMessage) => {
    if (message.kind !== 'answer') return
    waiting.get(message.id)?.(message.value)
    waiting.delete(message.id)
  })
  let lastId = 0
  const ask = (command: ParentCommand): Promise<Ledger | null> =>
    new Promise((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, resolve)
      child.send({ ...command, id }, error => {
        if (error !== null) reject(error)
      })
    })
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  const origin = `http://127.0.0.1:${port}`
  return {
    origin,
    pid: child.pid ?? 0,
    target: (protocol = 'openai') => ({
      protocol,
      origin,
      chatPath: protocol === 'ollama' ? '/api/chat' : '/v1/chat/completions',
      headers: {},
      body: { model: settings.model },
    }),
    set: async changes => void (await ask({ kind: 'set', change: changes })),
    reload: async pauseMs => void (await ask({ kind: 'reload', pauseMs })),
    ledger: async () => {
      const ledger = await ask({ kind: 'ledger' })
      if (ledger === null) throw new Error('the fault server answered without a ledger')
      return ledger
    },
    crash: kill,
    [Symbol.asyncDispose]: kill,
  }
}

function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (message: ChildMessage) => {
      if (message.kind === 'listening') resolve(message.port)
    })
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the fault server ended with code ${code} before it listened`)))
  })
}
