import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from '../../engines/hosts/clean-environment.ts'
import { CouldNotMeasureError } from '../../errors.ts'
import { absent, type Measured, measured } from '../../measured.ts'
import { siblingModule } from '../../sibling-module.ts'
import { formatQuantity } from '../../units.ts'
import { availableMemory, headroom, type MemoryShare, memoryFloor } from '../headroom.ts'
import type { PressureMessage, PressureOrder } from './pressure-protocol.ts'

/** What the limit leaves the process beside what it takes: Node 24 counts as 0.55 GiB of data, most of it never touched. */
const OWN_BYTES = 2 ** 30

export type MemoryPressureRequest = MemoryShare & {
  /** At least so much stays available; a gibibyte or a twentieth of the machine unless said. */
  floorBytes?: number
}

/** Memory that is taken until this is disposed of. */
export interface MemoryPressure extends AsyncDisposable {
  readonly pid: number
  readonly takenBytes: number
  /** What was available when it held all of it. */
  readonly leftBytes: number
  /** Why it has let go before it was told to, in words; null while it holds. */
  readonly lost: string | null
}

/**
 * Takes memory of the machine in a process of its own and keeps it: every page written, nothing that compresses.
 *
 * Absent, with the arithmetic, where the machine has not enough to spare, and on systems without /proc. The process
 * takes no more than it was told (RLIMIT_DATA), ends with its parent whatever ends that, is the first that the kernel
 * kills, and lets go by itself when less than the floor is available: see pressure-process.ts.
 */
export async function applyMemoryPressure(request: MemoryPressureRequest): Promise<Measured<MemoryPressure>> {
  if (process.platform !== 'linux') return absent('memory pressure is applied on Linux only')
  const { floorBytes = memoryFloor(totalmem()) } = request
  const room = headroom(request, { availableBytes: availableMemory(), floorBytes })
  if (room.state === 'absent') return room
  const takeBytes = Math.floor(room.value)
  const child = start(takeBytes)
  const pressure = new HeldPressure(child, takeBytes)
  const order: PressureOrder = { takeBytes, floorBytes }
  child.send(order, undefined, undefined, () => {})
  const lost = await pressure.isHolding
  if (lost === null) return measured(pressure)
  await pressure[Symbol.asyncDispose]()
  return absent(`memory pressure of ${formatQuantity(takeBytes, 'bytes')} was given up: ${lost}`)
}

/** Through a shell, which alone can set a limit before the program starts; in KiB (POSIX sh, `ulimit -d` of dash and bash). */
function start(takeBytes: number): ChildProcess {
  const script = fileURLToPath(siblingModule(import.meta.url, 'pressure-process'))
  const limitKib = Math.ceil((takeBytes + OWN_BYTES) / 1024)
  return spawn(
    '/bin/sh',
    ['-c', `ulimit -d ${limitKib}; exec "$0" "$@"`, process.execPath, '--disable-warning=ExperimentalWarning', script],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: cleanEnvironment() },
  )
}

class HeldPressure implements MemoryPressure {
  readonly takenBytes: number
  /** Resolves with null once all of it is held, or with why it will not be. */
  readonly isHolding: Promise<string | null>
  readonly #child: ChildProcess
  readonly #exit: Promise<void>
  #leftBytes = Number.NaN
  #lost: string | null = null
  #disposed = false

  constructor(child: ChildProcess, takenBytes: number) {
    this.#child = child
    this.takenBytes = takenBytes
    const { promise, resolve } = Promise.withResolvers<string | null>()
    this.isHolding = promise
    child.on('message', (message: PressureMessage) => {
      if (message.type === 'let go') this.#lost = message.reason
      else this.#leftBytes = availableMemory()
      resolve(this.#lost)
    })
    this.#exit = once(child, 'exit').then(
      ([code, signal]) => {
        if (!this.#disposed) this.#lost ??= `its process ended with ${signal ?? `code ${code}`}`
        resolve(this.#lost)
      },
      (error: unknown) => {
        this.#lost ??= `its process could not be started: ${String(error)}`
        resolve(this.#lost)
      },
    )
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get leftBytes(): number {
    return this.#leftBytes
  }

  get lost(): string | null {
    return this.#lost
  }

  /** Resolves when the memory is free again. @throws CouldNotMeasureError if the process does not end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    this.#child.kill('SIGKILL')
    await this.#exit
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined)
      throw new CouldNotMeasureError(`The process ${this.#child.pid} that holds memory could not be ended.`)
  }
}
