import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from '../../engines/hosts/clean-environment.ts'
import { onParentLost } from '../../engines/hosts/owner-end.ts'
import { CouldNotMeasureError } from '../../errors.ts'
import { absent, type Measured, measured } from '../../measured.ts'
import { siblingModule } from '../../sibling-module.ts'
import { availableMemory, headroom, memoryFloor } from '../headroom.ts'
import { type SwapChanges, switchOff } from './swap-area.ts'
import type { SwapMessage, SwapOrder } from './swap-protocol.ts'

export interface SwapRequest {
  kind: 'file' | 'zram'
  bytes: number
  /** vm.swappiness while it is on, 0 to 200. */
  swappiness: number
  /** Where the swap file lies: on a disk, not on a tmpfs or an overlay. */
  directory: string
}

/** Swap that is on until this is disposed of. */
export interface SwitchedOnSwap extends AsyncDisposable {
  /** What /proc/swaps calls it. */
  readonly device: string
}

/**
 * Switches a swap area of our own on and sets the machine's swappiness, until it is disposed of; then both are as they
 * were. Absent, with the reason, for who is not root, where the machine could not take back what would be swapped, and
 * where the kernel refuses (a container without the right, a filesystem that cannot hold a swap file).
 *
 * All of it is done by a guard in a session of its own, which undoes it when this process is gone, however it ended.
 */
export async function switchOnSwap({
  kind,
  bytes,
  swappiness,
  directory,
}: SwapRequest): Promise<Measured<SwitchedOnSwap>> {
  if (process.platform !== 'linux') return absent('swap is switched on and off on Linux only')
  if (process.getuid?.() !== 0) return absent('switching swap on takes root')
  // To switch it off all that went out must fit in again.
  const room = headroom(
    { takeBytes: bytes },
    { availableBytes: availableMemory(), floorBytes: memoryFloor(totalmem()) },
  )
  if (room.state === 'absent') return room
  const path = join(resolve(directory), `vitest-llm-perf-${process.pid}-${randomUUID().slice(0, 8)}.swap`)
  const order: SwapOrder = { area: kind === 'file' ? { kind, path, bytes } : { kind, bytes }, swappiness }
  const guard = new Guard()
  const answer = await guard.ask(order)
  if (answer.type === 'on') return measured(guard.holding(answer.changes))
  await guard.end()
  return absent(`${kind === 'file' ? 'a swap file' : 'zram'} cannot be switched on: ${answer.reason}`)
}

class Guard {
  readonly #process: ChildProcess
  readonly #exit: Promise<unknown>
  readonly #release: () => void
  #stderr = ''

  constructor() {
    const script = fileURLToPath(siblingModule(import.meta.url, 'swap-guard'))
    this.#process = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: cleanEnvironment(),
      detached: true,
    })
    this.#process.stderr?.on('data', data => {
      this.#stderr += String(data)
    })
    this.#exit = once(this.#process, 'exit')
    this.#release = onParentLost(() => this.#letGo())
  }

  async ask(order: SwapOrder): Promise<SwapMessage> {
    const answer = once(this.#process, 'message').then(([message]: SwapMessage[]) => message)
    // Without a callback an error of a guard that is gone already would be thrown at the process.
    this.#process.send(order, undefined, undefined, () => {})
    const ended = this.#exit.then((): SwapMessage => ({ type: 'refused', reason: `its guard ended (${this.#how()})` }))
    return (await Promise.race([answer, ended])) ?? { type: 'refused', reason: 'its guard said nothing' }
  }

  holding(changes: SwapChanges): SwitchedOnSwap {
    return {
      device: changes.device ?? '',
      [Symbol.asyncDispose]: async () => {
        await this.end()
        // A guard that was killed has undone nothing.
        if (this.#process.signalCode !== null) await switchOff({ ...changes })
      },
    }
  }

  /** @throws CouldNotMeasureError naming what could not be undone. */
  async end(): Promise<void> {
    this.#letGo()
    await this.#exit
    this.#release()
    if (this.#process.exitCode !== 0 && this.#process.signalCode === null)
      throw new CouldNotMeasureError(`Swap could not be switched off again (${this.#how()}). See /proc/swaps.`)
  }

  #letGo(): void {
    if (this.#process.connected) this.#process.disconnect()
  }

  #how(): string {
    const { signalCode, exitCode } = this.#process
    return [signalCode ?? `code ${exitCode}`, this.#stderr.trim()].filter(Boolean).join(': ')
  }
}
