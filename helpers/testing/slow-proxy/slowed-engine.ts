import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Engine } from '../../engines/engine.ts'
import { measured } from '../../measured.ts'

const program = fileURLToPath(new URL('./proxy-process.ts', import.meta.url))

/** The same engine, its completions slower by a factor (1.2 = 20 % more latency). Stops with the engine. */
export async function slowedEngine(engine: Engine, factor: number): Promise<Engine> {
  const proxy = fork(program, [engine.identity.url, String(factor)], { stdio: 'inherit' })
  const [port] = (await once(proxy, 'message')) as [number]
  const origin = `http://127.0.0.1:${port}`
  return new Proxy(engine, {
    get(target, property) {
      switch (property) {
        case 'target':
          return (model: string) => ({ ...target.target(model), origin })
        case 'restart':
          return async () => {
            await end(proxy)
            const fresh = await target.restart()
            return fresh.state === 'absent' ? fresh : measured(await slowedEngine(fresh.value, factor))
          }
        case 'stop':
        case Symbol.asyncDispose:
          return async () => {
            await end(proxy)
            await target.stop()
          }
        default: {
          const value: unknown = Reflect.get(target, property, target)
          return typeof value === 'function' ? value.bind(target) : value
        }
      }
    },
  })
}

async function end(proxy: ChildProcess): Promise<void> {
  if (proxy.exitCode !== null || proxy.signalCode !== null) return
  const ended = once(proxy, 'exit')
  proxy.kill('SIGKILL')
  await ended
}
