import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { CouldNotMeasureError } from '../errors.ts'
import { absent, type Measured, measured } from '../measured.ts'
import { isAlive, processIdentity } from '../processes/index.ts'
import { readText } from '../processes/proc-file.ts'
import { numberAfter } from '../processes/process-memory.ts'
import { type MemoryController, memoryController } from './memory-controller.ts'

/** Begins the name of every group that is made here; then pid and start time of the process that made it. */
const prefix = 'vitest-llm-perf'
/** After SIGKILL only the kernel can hold a process back. */
const emptyLimitMs = 10_000
const pollMs = 5

let opened = 0

/** What a group takes now. */
export interface CageUse {
  /**
   * What the kernel can only have back by ending a process, because nothing is swapped in a cage: the processes' own
   * memory, and the kernel's for them (page tables, sockets, stacks).
   */
  heldBytes: number
  /** Pages of files: dropped, and read again, when memory is short. */
  fileBytes: number
}

/**
 * A group of processes that together may take so much memory and no more: when they need more, the kernel ends one of
 * them, and nothing outside. Pages of files that were in memory before, and what a process took before it was added,
 * are not counted.
 */
export interface Cage extends AsyncDisposable {
  readonly limitBytes: number
  readonly folder: string
  /** Processes that it starts from now on are in the cage as well. @throws CouldNotMeasureError */
  add(pid: number): void
  pids(): number[]
  use(): Measured<CageUse>
  /** The most that was in use at once, pages of files included, which fill whatever room there is. */
  peakBytes(): Measured
  /** Processes that the kernel ended for want of memory in this cage. */
  oomKills(): Measured
}

/**
 * Makes a memory cgroup without swap. Absent, with the reason, for who is not root, and where the kernel's memory
 * controller cannot be used. Disposing of it ends the processes in it and removes it. Where this process is killed
 * first, the engines end by their own guards, and the next call of this function removes the empty group.
 *
 * Version 1: memory.limit_in_bytes, memory.memsw.limit_in_bytes (where swap is counted), memory.swappiness;
 * version 2: memory.max, memory.swap.max (https://docs.kernel.org/admin-guide/cgroup-v1/memory.html, cgroup-v2.html).
 */
export function openCage(
  { limitBytes }: { limitBytes: number },
  controller: Measured<MemoryController> = memoryController(),
): Measured<Cage> {
  if (controller.state === 'absent') return controller
  if (!Number.isSafeInteger(limitBytes) || limitBytes <= 0)
    throw new CouldNotMeasureError(`A memory limit is a whole number of bytes above 0; it is ${limitBytes}.`)
  removeLeftOvers(controller.value)
  const { version, parent } = controller.value
  const folder = `${parent}/${prefix}-${process.pid}-${startTicks(process.pid) ?? 0}-${++opened}`
  try {
    mkdirSync(folder)
  } catch (error) {
    return absent(`no memory group can be made in ${parent} (it takes root): ${reason(error)}`)
  }
  try {
    setLimit(folder, version, limitBytes)
  } catch (error) {
    rmdirSync(folder)
    return absent(`the memory group in ${parent} takes no limit: ${reason(error)}`)
  }
  return measured(cageOf(folder, version, limitBytes))
}

function setLimit(folder: string, version: 1 | 2, limitBytes: number): void {
  const write = (file: string, value: number) => writeFileSync(`${folder}/${file}`, `${value}`)
  const writeIfThere = (file: string, value: number) => {
    if (readText(`${folder}/${file}`).state === 'measured') write(file, value)
  }
  if (version === 2) {
    write('memory.max', limitBytes)
    writeIfThere('memory.swap.max', 0)
    return
  }
  write('memory.limit_in_bytes', limitBytes)
  // Memory and swap together: it may not be below the limit of memory, so it comes second.
  writeIfThere('memory.memsw.limit_in_bytes', limitBytes)
  writeIfThere('memory.swappiness', 0)
}

function cageOf(folder: string, version: 1 | 2, limitBytes: number): Cage {
  const files = filesOf[version]
  return {
    limitBytes,
    folder,
    add(pid) {
      try {
        writeFileSync(`${folder}/cgroup.procs`, `${pid}`)
      } catch (error) {
        throw new CouldNotMeasureError(`Process ${pid} cannot be put into the memory group ${folder}: ${reason(error)}`)
      }
    },
    pids: () => pidsIn(folder),
    use() {
      const used = wholeNumber(`${folder}/${files.used}`)
      const stat = readText(`${folder}/memory.stat`)
      if (used.state === 'absent') return used
      if (stat.state === 'absent') return stat
      const fileBytes = numberAfter(stat.value, `${files.file} `)
      if (fileBytes === undefined) return absent(`${folder}/memory.stat lacks ${files.file}`)
      return measured({ heldBytes: used.value - fileBytes, fileBytes })
    },
    peakBytes: () => wholeNumber(`${folder}/${files.peak}`),
    oomKills() {
      const text = readText(`${folder}/${files.events}`)
      if (text.state === 'absent') return text
      const kills = numberAfter(text.value, 'oom_kill ')
      return kills === undefined ? absent(`${folder}/${files.events} does not count oom_kill`) : measured(kills)
    },
    [Symbol.asyncDispose]: () => close(folder),
  }
}

const filesOf = {
  1: {
    used: 'memory.usage_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    events: 'memory.oom_control',
    file: 'total_cache',
  },
  2: { used: 'memory.current', peak: 'memory.peak', events: 'memory.events', file: 'file' },
} as const

async function close(folder: string): Promise<void> {
  const startedAt = performance.now()
  for (let pids = pidsIn(folder); pids.length > 0; pids = pidsIn(folder)) {
    for (const pid of pids) kill(pid)
    if (performance.now() - startedAt > emptyLimitMs) {
      throw new CouldNotMeasureError(`Processes ${pids.join(', ')} in ${folder} did not end within 10 s of SIGKILL.`)
    }
    await delay(pollMs)
  }
  // A process that just ended may hold its group for a moment longer.
  while (!removed(folder)) {
    if (performance.now() - startedAt > emptyLimitMs)
      throw new CouldNotMeasureError(`The memory group ${folder} is empty and cannot be removed.`)
    await delay(pollMs)
  }
}

/** Empty groups whose maker has ended. One that still has processes stays until they have ended. */
function removeLeftOvers({ parent }: MemoryController): void {
  for (const name of namesIn(parent)) {
    const [, pid, ticks] = new RegExp(`^${prefix}-(\\d+)-(\\d+)-\\d+$`).exec(name) ?? []
    if (pid === undefined || ticks === undefined) continue
    const isThere = isAlive(Number(pid)) && startTicks(Number(pid)) === Number(ticks)
    if (!isThere) removed(`${parent}/${name}`)
  }
}

function startTicks(pid: number): number | null {
  const identity = processIdentity(pid)
  return identity.state === 'measured' ? identity.value.startTicks : null
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function pidsIn(folder: string): number[] {
  const text = readText(`${folder}/cgroup.procs`)
  return text.state === 'absent' ? [] : text.value.split('\n').filter(Boolean).map(Number)
}

function removed(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    // ENOENT: it is gone already. EBUSY: it has processes.
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended since it was listed.
  }
}

function wholeNumber(path: string): Measured {
  const text = readText(path)
  if (text.state === 'absent') return text
  const value = Number.parseInt(text.value, 10)
  return Number.isNaN(value) ? absent(`${path} holds no number: ${text.value.trim()}`) : measured(value)
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
