import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { open, rm, statfs } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { promisify } from 'node:util'
import { formatQuantity } from '../../units.ts'

/** What is switched on: a file of our own, or a zram device of our own. */
export type SwapAreaRequest = { kind: 'file'; path: string; bytes: number } | { kind: 'zram'; bytes: number }

/** What has been changed so far, and so has to be undone: added to before each step, so that a half-made area goes too. */
export interface SwapChanges {
  device: string | null
  zramNumber: number | null
  filePath: string | null
  /** The machine's own. */
  swappiness: string | null
}

/** The highest that there is: while it is on, new pages go there and not to the machine's own areas. */
const PRIORITY = 32_767
const ZRAM = '/sys/class/zram-control'
const SWAPPINESS = '/proc/sys/vm/swappiness'
const CHUNK = Buffer.alloc(2 ** 22)

/** Programs of util-linux; they lie in sbin, which is not in every user's path. */
const run = (program: string, ...words: string[]) =>
  promisify(execFile)(program, words, { env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` } })

/** Makes the area and switches it on; throws an Error that says which step failed. `changes` is kept up to date. */
export async function switchOn(request: SwapAreaRequest, swappiness: number, changes: SwapChanges): Promise<void> {
  const device = request.kind === 'file' ? await makeFile(request, changes) : makeZram(request.bytes, changes)
  await run('mkswap', device)
  changes.device = device
  await run('swapon', '--priority', String(PRIORITY), device)
  changes.swappiness = readFileSync(SWAPPINESS, 'utf8').trim()
  writeFileSync(SWAPPINESS, String(swappiness))
}

/** Undoes what was done, last things first; nothing for what was not. Pages that are out come back in. */
export async function switchOff(changes: SwapChanges): Promise<void> {
  if (changes.swappiness !== null) writeFileSync(SWAPPINESS, changes.swappiness)
  changes.swappiness = null
  if (changes.device !== null && isOn(changes.device)) await run('swapoff', changes.device)
  changes.device = null
  if (changes.filePath !== null) await rm(changes.filePath, { force: true })
  changes.filePath = null
  if (changes.zramNumber !== null && existsSync(`/sys/block/zram${changes.zramNumber}`))
    writeFileSync(`${ZRAM}/hot_remove`, String(changes.zramNumber))
  changes.zramNumber = null
}

const isOn = (device: string): boolean => readFileSync('/proc/swaps', 'utf8').includes(basename(device))

/** Written in full: a file with holes is no swap file (swapon(8)). */
async function makeFile({ path, bytes }: { path: string; bytes: number }, changes: SwapChanges): Promise<string> {
  const { bavail, bsize } = await statfs(dirname(path))
  if (bavail * bsize < 2 * bytes) {
    const show = (size: number): string => formatQuantity(size, 'bytes')
    throw new Error(
      `${dirname(path)} has ${show(bavail * bsize)} free; twice the swap file's ${show(bytes)} are needed`,
    )
  }
  changes.filePath = path
  // Only root may read what was in memory.
  const file = await open(path, 'wx', 0o600)
  try {
    for (let written = 0; written < bytes; written += CHUNK.length)
      await file.write(CHUNK, 0, Math.min(CHUNK.length, bytes - written))
    await file.sync()
  } finally {
    await file.close()
  }
  return path
}

/** A further device (zram's hot_add), so that one that the machine uses stays as it is. */
function makeZram(bytes: number, changes: SwapChanges): string {
  if (!existsSync(ZRAM)) throw new Error('this kernel has no zram, or its module is not loaded (modprobe zram)')
  const number = Number(readFileSync(`${ZRAM}/hot_add`, 'utf8'))
  changes.zramNumber = number
  writeFileSync(`/sys/block/zram${number}/disksize`, String(bytes))
  return `/dev/zram${number}`
}
