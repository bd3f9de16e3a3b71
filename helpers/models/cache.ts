import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CouldNotMeasureError } from '../errors.ts'
import { formatQuantity } from '../units.ts'

/** Where model files are kept and how much room they may take. */
export interface ModelStorage {
  /** Made if it is not there. */
  directory: string
  /** Files used least recently go first when the folder would grow beyond this; see `cachedFile` for the exceptions. */
  limitBytes: number
  signal?: AbortSignal
}

export interface CachedFile {
  /** Without folder and ending; the same name always means the same bytes. */
  name: string
  bytes: number
  write(file: FileHandle): Promise<void>
}

const ending = '.gguf'
const temporaryEnding = '.partial'
/** A file that another process has just asked for may not be open yet; one that is open outlives its name. */
const inUseMs = 60_000
/** What this process has asked for: a run loads its models again, and would not find them. */
const askedFor = new Set<string>()
/** A temporary file that nobody has written to for this long was left by a process that was killed. */
const abandonedMs = 600_000

/**
 * The path of a file, written first if it is not in the folder yet.
 *
 * The file appears whole or not at all: it is written beside its place and renamed. Two processes that ask at once both
 * write, and the second rename replaces the same bytes.
 *
 * Never removed are files that this process has asked for, and those that any other has in the last minute. So a run
 * that needs more than the limit gets it, and the next one clears up.
 *
 * @throws CouldNotMeasureError when the disk has not enough room (checked before writing) or a write fails; the
 * signal's reason when it is aborted. Nothing is left behind then.
 */
export async function cachedFile(
  file: CachedFile,
  { directory, limitBytes, signal }: ModelStorage,
  freeBytes: (directory: string) => Promise<number> = freeDiskBytes,
): Promise<string> {
  signal?.throwIfAborted()
  const path = resolve(directory, file.name + ending)
  askedFor.add(path)
  try {
    await mkdir(directory, { recursive: true })
    // Touched before it is looked at, so that no other process takes it for old and removes it in between.
    await touch(path)
    // A crash of the machine can leave a short file under its final name.
    if ((await sizeOf(path)) !== file.bytes) {
      await makeRoom(directory, path, limitBytes - file.bytes)
      await checkFreeSpace(path, file.bytes, await freeBytes(directory))
      await writeWhole(path, file.write)
    }
  } catch (error) {
    if (signal?.aborted || error instanceof CouldNotMeasureError) throw error
    throw new CouldNotMeasureError(`writing the synthetic model ${path} failed: ${reason(error)}`, { cause: error })
  }
  return path
}

async function writeWhole(path: string, write: CachedFile['write']): Promise<void> {
  const temporary = `${path}.${randomUUID()}${temporaryEnding}`
  try {
    {
      await using handle = await open(temporary, 'wx')
      await write(handle)
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Removes abandoned temporary files, and the files used least recently until the rest fits. */
async function makeRoom(directory: string, asked: string, limitBytes: number): Promise<void> {
  const now = Date.now()
  const names = await readdir(directory)
  const found = await Promise.all(names.map(name => describe(resolve(directory, name))))
  const files = found.filter(file => file !== undefined)
  for (const { path, usedMs } of files) {
    if (path.endsWith(temporaryEnding) && now - usedMs > abandonedMs) await rm(path, { force: true })
  }
  const models = files.filter(({ path }) => path.endsWith(ending) && path !== asked).sort((a, b) => a.usedMs - b.usedMs)
  let total = models.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const { path, bytes, usedMs } of models) {
    if (total <= limitBytes) return
    if (askedFor.has(path) || now - usedMs < inUseMs) continue
    await rm(path, { force: true })
    total -= bytes
  }
}

async function checkFreeSpace(path: string, bytes: number, free: number): Promise<void> {
  if (bytes <= free) return
  throw new CouldNotMeasureError(
    `writing the synthetic model ${path} needs ${exactly(bytes)}, but only ${exactly(free)} are free on its disk; ` +
      'free some space, choose another folder, or take a smaller model',
  )
}

async function freeDiskBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

/** Modification time is the time of last use: many file systems do not keep the time of access. */
async function touch(path: string): Promise<void> {
  const now = new Date()
  await ifThere(utimes(path, now, now))
}

async function describe(path: string): Promise<{ path: string; bytes: number; usedMs: number } | undefined> {
  const stats = await ifThere(stat(path))
  return stats && { path, bytes: stats.size, usedMs: stats.mtimeMs }
}

const sizeOf = async (path: string) => (await ifThere(stat(path)))?.size

/** The result, or undefined when the file is gone or was never there. */
async function ifThere<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

const exactly = (bytes: number) => `${bytes.toLocaleString('en')} bytes (${formatQuantity(bytes, 'bytes')})`
const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))
