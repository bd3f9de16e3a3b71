import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CouldNotMeasureError } from '../errors.ts'
import { formatQuantity } from '../units.ts'

/** Where models are kept and how much room they may take. */
export interface ModelStorage {
  /** Made if it is not there. */
  directory: string
  /** What was used least recently goes first when the folder would grow beyond this; see `cachedFile` for the exceptions. */
  limitBytes: number
  signal?: AbortSignal
}

export interface CachedFile {
  /** Without folder and ending; the same name always means the same bytes. */
  name: string
  bytes: number
  write(file: FileHandle): Promise<void>
}

export interface CachedFolder {
  /** As a file's. */
  name: string
  /** With endings, all in the folder itself. */
  files: readonly CachedFile[]
}

/** What can be kept: appears under its name at once, by a rename. */
interface Entry {
  /** With ending. */
  name: string
  bytes: number
  write(path: string): Promise<void>
}

const fileEnding = '.gguf'
const folderEnding = '.hf'
const temporaryEnding = '.partial'
/** An engine that another process starts reads its model some time later, a folder's files more than once. */
const inUseMs = 180_000
/** What this process has asked for: a run loads its models again, and would not find them. */
const askedFor = new Set<string>()
/** A temporary file that nobody has written to for this long was left by a process that was killed. */
const abandonedMs = 600_000

/**
 * The path of a file, written first if it is not in the storage yet.
 *
 * The file appears whole or not at all: it is written beside its place and renamed. Two processes that ask at once both
 * write, and one of them wins, with the same bytes.
 *
 * Never removed are files that this process has asked for, and those that any other has in the last three minutes. So a run
 * that needs more than the limit gets it, and the next one clears up.
 *
 * @throws CouldNotMeasureError when the disk has not enough room (checked before writing) or a write fails; the
 * signal's reason when it is aborted. Nothing is left behind then.
 */
export const cachedFile = (
  file: CachedFile,
  storage: ModelStorage,
  freeBytes: (directory: string) => Promise<number> = freeDiskBytes,
): Promise<string> =>
  cachedEntry(
    { name: file.name + fileEnding, bytes: file.bytes, write: path => writeFile(file, path) },
    storage,
    freeBytes,
  )

/** The same for a folder of files. */
export const cachedFolder = (
  { name, files }: CachedFolder,
  storage: ModelStorage,
  freeBytes: (directory: string) => Promise<number> = freeDiskBytes,
): Promise<string> =>
  cachedEntry(
    {
      name: name + folderEnding,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      async write(path) {
        await mkdir(path)
        for (const file of files) await writeFile(file, join(path, file.name))
      },
    },
    storage,
    freeBytes,
  )

async function cachedEntry(
  entry: Entry,
  { directory, limitBytes, signal }: ModelStorage,
  freeBytes: (directory: string) => Promise<number>,
): Promise<string> {
  signal?.throwIfAborted()
  const path = resolve(directory, entry.name)
  askedFor.add(path)
  try {
    await mkdir(directory, { recursive: true })
    // Touched before it is looked at, so that no other process takes it for old and removes it in between.
    await touch(path)
    // A crash of the machine can leave short files under their final names.
    if ((await sizeOf(path)) !== entry.bytes) {
      await makeRoom(directory, path, limitBytes - entry.bytes)
      await checkFreeSpace(path, entry.bytes, await freeBytes(directory))
      await writeWhole(path, entry)
    }
  } catch (error) {
    if (signal?.aborted || error instanceof CouldNotMeasureError) throw error
    throw new CouldNotMeasureError(`writing the synthetic model ${path} failed: ${reason(error)}`, { cause: error })
  }
  return path
}

async function writeFile({ write }: CachedFile, path: string): Promise<void> {
  await using handle = await open(path, 'wx')
  await write(handle)
}

async function writeWhole(path: string, entry: Entry): Promise<void> {
  const temporary = temporaryBeside(path)
  try {
    await entry.write(temporary)
    await moveInto(path, temporary, entry.bytes)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}

/** Takes the place of what is there; but a whole folder of another process, which may be in use already, stays. */
async function moveInto(path: string, temporary: string, bytes: number): Promise<void> {
  try {
    await rename(temporary, path)
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
    if ((await sizeOf(path)) === bytes) return await rm(temporary, { recursive: true })
    await remove(path)
    await rename(temporary, path)
  }
}

/** At once, also a folder: nobody finds a half of it. */
async function remove(path: string): Promise<void> {
  const temporary = temporaryBeside(path)
  await ifThere(rename(path, temporary))
  await rm(temporary, { recursive: true, force: true })
}

/** Removes abandoned temporary files, and the models used least recently until the rest fits. */
async function makeRoom(directory: string, asked: string, limitBytes: number): Promise<void> {
  const now = Date.now()
  const names = await readdir(directory)
  const found = await Promise.all(names.map(name => describe(resolve(directory, name))))
  const entries = found.filter(entry => entry !== undefined)
  for (const { path, usedMs } of entries) {
    if (path.endsWith(temporaryEnding) && now - usedMs > abandonedMs) await rm(path, { recursive: true, force: true })
  }
  const models = entries.filter(({ path }) => isModel(path) && path !== asked).sort((a, b) => a.usedMs - b.usedMs)
  let total = models.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const { path, bytes, usedMs } of models) {
    if (total <= limitBytes) return
    if (askedFor.has(path) || now - usedMs < inUseMs) continue
    await remove(path)
    total -= bytes
  }
}

const isModel = (path: string) => path.endsWith(fileEnding) || path.endsWith(folderEnding)
const temporaryBeside = (path: string) => `${path}.${randomUUID()}${temporaryEnding}`

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

/** Undefined where nothing is. */
async function describe(path: string): Promise<{ path: string; bytes: number; usedMs: number } | undefined> {
  const stats = await ifThere(stat(path))
  if (!stats?.isDirectory()) return stats && { path, bytes: stats.size, usedMs: stats.mtimeMs }
  const names = (await ifThere(readdir(path))) ?? []
  const found = await Promise.all(names.map(name => ifThere(stat(join(path, name)))))
  const files = found.filter(file => file !== undefined)
  return {
    path,
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    // Writing into a file does not touch its folder.
    usedMs: Math.max(stats.mtimeMs, ...files.map(file => file.mtimeMs)),
  }
}

const sizeOf = async (path: string) => (await describe(path))?.bytes

/** The result, or undefined when the file is gone or was never there. */
async function ifThere<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

const hasCode = (error: unknown, ...codes: unknown[]) =>
  error instanceof Error && 'code' in error && codes.includes(error.code)
const exactly = (bytes: number) => `${bytes.toLocaleString('en')} bytes (${formatQuantity(bytes, 'bytes')})`
const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))
