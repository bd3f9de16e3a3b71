import { execFile } from 'node:child_process'
import { type FileHandle, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test as base, describe, expect } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import { type CachedFile, cachedFile, cachedFolder } from './cache.ts'

const test = base.extend('directory', async ({}, { onCleanup }) => {
  const directory = await mkdtemp(join(tmpdir(), 'models-'))
  onCleanup(() => rm(directory, { recursive: true }))
  return directory
})

/** A file of 100 bytes that counts how often it is written. */
function file(name: string) {
  const made = {
    name,
    bytes: 100,
    writes: 0,
    async write(handle) {
      made.writes++
      await handle.writeFile(Buffer.alloc(100, name))
    },
  } satisfies CachedFile & { writes: number }
  return made
}

/** As if another process had made it and used it so many minutes ago. */
async function others(directory: string, name: string, usedMinutesAgo: number) {
  const path = join(directory, name)
  await writeFile(path, Buffer.alloc(100, 'other'))
  const then = new Date(Date.now() - usedMinutesAgo * 60_000)
  await utimes(path, then, then)
}

test('writes a file once, and then finds it', async ({ directory }) => {
  const asked = file('a')
  const storage = { directory: join(directory, 'made', 'for', 'it'), limitBytes: 1000 }
  const path = await cachedFile(asked, storage)
  expect(await cachedFile(asked, storage)).toBe(path)
  expect(asked.writes).toBe(1)
  expect(await readFile(path, 'utf8')).toBe('a'.repeat(100))
})

test('writes a file again that is too short', async ({ directory }) => {
  const asked = file('a')
  const path = await cachedFile(asked, { directory, limitBytes: 1000 })
  await writeFile(path, 'short')
  await cachedFile(asked, { directory, limitBytes: 1000 })
  expect(await readFile(path, 'utf8')).toBe('a'.repeat(100))
})

test('removes the least recently used files beyond the limit', async ({ directory }) => {
  await others(directory, 'older.gguf', 20)
  await others(directory, 'old.gguf', 10)
  await others(directory, 'oldest.gguf', 30)
  await cachedFile(file('a'), { directory, limitBytes: 299 })
  expect((await readdir(directory)).sort()).toEqual(['a.gguf', 'old.gguf'])
})

test('removes nothing within the limit', async ({ directory }) => {
  await others(directory, 'oldest.gguf', 30)
  await others(directory, 'old.gguf', 10)
  await cachedFile(file('a'), { directory, limitBytes: 300 })
  expect((await readdir(directory)).sort()).toEqual(['a.gguf', 'old.gguf', 'oldest.gguf'])
})

test('a file that is asked for counts as used', async ({ directory }) => {
  await others(directory, 'a.gguf', 30)
  await others(directory, 'old.gguf', 10)
  const asked = file('a')
  await cachedFile(asked, { directory, limitBytes: 200 })
  expect(asked.writes).toBe(0)
  await cachedFile(file('b'), { directory, limitBytes: 200 })
  expect((await readdir(directory)).sort()).toEqual(['a.gguf', 'b.gguf'])
})

test('keeps what other processes used a moment ago', async ({ directory }) => {
  await others(directory, 'new.gguf', 0)
  await cachedFile(file('a'), { directory, limitBytes: 100 })
  expect((await readdir(directory)).sort()).toEqual(['a.gguf', 'new.gguf'])
})

test('keeps what this process has asked for, however long ago', async ({ directory }) => {
  const storage = { directory, limitBytes: 100 }
  const long = new Date(Date.now() - 3_600_000)
  await utimes(await cachedFile(file('a'), storage), long, long)
  await cachedFile(file('b'), storage)
  expect((await readdir(directory)).sort()).toEqual(['a.gguf', 'b.gguf'])
})

test('writes a file that is beyond the limit by itself', async ({ directory }) => {
  await others(directory, 'old.gguf', 5)
  const path = await cachedFile(file('large'), { directory, limitBytes: 10 })
  expect((await readdir(directory)).sort()).toEqual(['large.gguf'])
  expect((await stat(path)).size).toBe(100)
})

test('leaves other files alone, and clears away what a killed process left', async ({ directory }) => {
  await others(directory, 'x.gguf.1.partial', 60)
  await others(directory, 'being-written.gguf.2.partial', 0)
  await others(directory, 'notes.txt', 60)
  await cachedFile(file('a'), { directory, limitBytes: 10 })
  expect((await readdir(directory)).sort()).toEqual(['a.gguf', 'being-written.gguf.2.partial', 'notes.txt'])
})

test('a write that fails leaves nothing and says why', async ({ directory }) => {
  const broken: CachedFile = {
    ...file('a'),
    async write(handle) {
      await handle.writeFile('half')
      throw new Error('the disk is on fire')
    },
  }
  const writing = cachedFile(broken, { directory, limitBytes: 1000 })
  await expect(writing).rejects.toThrow(CouldNotMeasureError)
  await expect(writing).rejects.toThrow(/a\.gguf failed: the disk is on fire/)
  expect((await readdir(directory)).sort()).toEqual([])
})

test('an abort while writing leaves nothing and rejects with its reason', async ({ directory }) => {
  const controller = new AbortController()
  const { signal } = controller
  const slow: CachedFile = {
    ...file('a'),
    async write(handle) {
      await handle.writeFile('half')
      controller.abort(new Error('enough'))
      signal.throwIfAborted()
    },
  }
  await expect(cachedFile(slow, { directory, limitBytes: 1000, signal })).rejects.toThrow('enough')
  expect((await readdir(directory)).sort()).toEqual([])
})

test('refuses before writing when the disk has not enough room', async ({ directory }) => {
  const asked = file('a')
  const writing = cachedFile(asked, { directory, limitBytes: 1000 }, async () => 99)
  await expect(writing).rejects.toThrow(CouldNotMeasureError)
  await expect(writing).rejects.toThrow(`${join(directory, 'a.gguf')} needs 100 bytes`)
  await expect(writing).rejects.toThrow(/only 99 bytes .* free/)
  expect(asked.writes).toBe(0)
})

test('asks the real disk for its room', async ({ directory }) => {
  const huge = { ...file('a'), bytes: 1e18 }
  await expect(cachedFile(huge, { directory, limitBytes: 1000 })).rejects.toThrow(
    'needs 1,000,000,000,000,000,000 bytes',
  )
})

test('a folder that cannot be made is named', async ({ directory }) => {
  const inTheWay = join(directory, 'file')
  await writeFile(inTheWay, '')
  const writing = cachedFile(file('a'), { directory: inTheWay, limitBytes: 1000 })
  await expect(writing).rejects.toThrow(CouldNotMeasureError)
  await expect(writing).rejects.toThrow(inTheWay)
})

describe('a folder', () => {
  const folder = (name: string) => ({ name, files: [file('config.json'), file('tokenizer.json')] })
  const storage = (directory: string) => ({ directory, limitBytes: 1000 })

  test('is written once, and then found', async ({ directory }) => {
    const asked = folder('a')
    const path = await cachedFolder(asked, storage(directory))
    expect(await cachedFolder(asked, storage(directory))).toBe(path)
    expect(asked.files.map(({ writes }) => writes)).toEqual([1, 1])
    expect(await readdir(path)).toEqual(['config.json', 'tokenizer.json'])
    expect(await readdir(directory)).toEqual(['a.hf'])
  })

  test('is written again when a file of it is too short or missing', async ({ directory }) => {
    const path = await cachedFolder(folder('a'), storage(directory))
    for (const spoil of [() => writeFile(join(path, 'config.json'), 'short'), () => rm(join(path, 'config.json'))]) {
      await spoil()
      await cachedFolder(folder('a'), storage(directory))
      expect((await stat(join(path, 'config.json'))).size).toBe(100)
      expect(await readdir(directory)).toEqual(['a.hf'])
    }
  })

  test('is removed as a whole, and counts with all its files', async ({ directory }) => {
    await mkdir(join(directory, 'old.hf'))
    for (const name of ['one', 'two']) await others(join(directory, 'old.hf'), name, 30)
    await utimes(join(directory, 'old.hf'), new Date(0), new Date(0))
    await others(directory, 'newer.gguf', 10)
    await cachedFile(file('b'), { directory, limitBytes: 399 })
    expect((await readdir(directory)).sort()).toEqual(['b.gguf', 'newer.gguf'])
  })

  test('leaves nothing when a file of it cannot be written', async ({ directory }) => {
    const broken = { ...file('weights'), write: () => Promise.reject(new Error('the disk is on fire')) }
    const writing = cachedFolder({ name: 'a', files: [file('config.json'), broken] }, storage(directory))
    await expect(writing).rejects.toThrow(/a\.hf failed: the disk is on fire/)
    expect(await readdir(directory)).toEqual([])
  })

  test('that another writer has just finished is taken', async ({ directory }) => {
    const slow = folder('a')
    const meanwhile = {
      ...file('config.json'),
      write: async (handle: FileHandle) => {
        await cachedFolder(folder('a'), storage(directory))
        await handle.writeFile(Buffer.alloc(100))
      },
    }
    const path = await cachedFolder({ ...slow, files: [meanwhile, file('tokenizer.json')] }, storage(directory))
    expect(await readFile(join(path, 'config.json'), 'utf8')).toContain('config.json')
    expect(await readdir(directory)).toEqual(['a.hf'])
  })

  test('needs room for all its files', async ({ directory }) => {
    const writing = cachedFolder(folder('a'), storage(directory), async () => 199)
    await expect(writing).rejects.toThrow(/needs 200 bytes .*only 199 bytes/)
  })
})

test('two processes that ask at once get the same whole file', async ({ directory }) => {
  const program = `
    const { tinyModel } = await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)})
    const storage = { directory: ${JSON.stringify(directory)}, limitBytes: 1e9 }
    console.log(JSON.stringify(await tinyModel({ family: 'llama', quantisation: 'q8_0' }, storage)))
  `
  const ask = async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
    return JSON.parse(stdout)
  }
  const [first, second] = await Promise.all([ask(), ask()])
  expect(first).toEqual(second)
  expect((await stat(first.path)).size).toBe(first.bytes)
  expect(await readdir(directory)).toHaveLength(1)
})
