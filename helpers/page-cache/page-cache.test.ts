import { mkdir, mkdtemp, rm, statfs, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test as base, expect } from 'vitest'
import { dropFromPageCache, inPageCache, readIntoPageCache } from './index.ts'

const MIB = 2 ** 20
const TMPFS = 0x0102_1994

const test = base.extend('directory', async ({}, { onCleanup }) => {
  // A folder for temporary files may lie in memory.
  const onDisk = resolve('node_modules', '.cache')
  await mkdir(onDisk, { recursive: true })
  const directory = await mkdtemp(join(onDisk, 'page-cache-'))
  onCleanup(() => rm(directory, { recursive: true }))
  return directory
})

test('a file that was just written is cached, is dropped, and comes back when it is read', async ({ directory }) => {
  const file = join(directory, 'weights.gguf')
  await writeFile(file, Buffer.alloc(4 * MIB, 1))
  const cached = { state: 'measured', value: { cachedBytes: 4 * MIB, totalBytes: 4 * MIB } }
  const dropped = { state: 'measured', value: { cachedBytes: 0, totalBytes: 4 * MIB } }
  expect(await inPageCache(file)).toEqual(cached)
  expect(await dropFromPageCache(file)).toEqual(dropped)
  expect(await inPageCache(file)).toEqual(dropped)
  await readIntoPageCache(file)
  expect(await inPageCache(file)).toEqual(cached)
})

test('a folder is all its files, links followed, and no others are dropped', async ({ directory }) => {
  const folder = join(directory, 'model')
  const [linked, other] = [join(directory, 'blob'), join(directory, 'other')]
  await mkdir(folder)
  await writeFile(join(folder, 'config.json'), '{}')
  for (const file of [linked, other]) await writeFile(file, Buffer.alloc(MIB, 1))
  await symlink(linked, join(folder, 'model.safetensors'))
  await mkdir(join(folder, 'original'))
  await dropFromPageCache(folder)
  expect(await inPageCache(folder)).toEqual({ state: 'measured', value: { cachedBytes: 0, totalBytes: MIB + 2 } })
  expect(await inPageCache(linked)).toMatchObject({ value: { cachedBytes: 0 } })
  expect(await inPageCache(other)).toMatchObject({ value: { cachedBytes: MIB } })
})

test('what the kernel keeps is not called cold', async ({ onTestFinished, skip }) => {
  const memory = await statfs('/dev/shm').catch(() => null)
  if (memory?.type !== TMPFS) skip('no file system in memory at /dev/shm')
  const directory = await mkdtemp('/dev/shm/page-cache-')
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'weights.gguf')
  await writeFile(file, Buffer.alloc(MIB, 1))
  expect(await dropFromPageCache(file)).toEqual({
    state: 'absent',
    reason: expect.stringMatching(/^the kernel keeps 1\.0 MiB of 1\.0 MiB of .* in memory$/),
  })
})

test('a path that is not there is absent, with its name', async () => {
  const nowhere = join(tmpdir(), 'there', 'is', 'nothing.gguf')
  for (const asked of [inPageCache(nowhere), dropFromPageCache(nowhere)])
    expect(await asked).toEqual({ state: 'absent', reason: expect.stringContaining(nowhere) })
  await expect(readIntoPageCache(nowhere)).rejects.toThrow(nowhere)
})

test('without the programs there is no number, and the reason names them', async ({ directory }) => {
  const file = join(directory, 'weights.gguf')
  await writeFile(file, 'x')
  const { PATH } = process.env
  process.env.PATH = directory
  try {
    expect(await inPageCache(file)).toEqual({ state: 'absent', reason: 'fincore (util-linux) is not installed' })
    expect(await dropFromPageCache(file)).toEqual({ state: 'absent', reason: 'dd (coreutils) is not installed' })
  } finally {
    process.env.PATH = PATH
  }
})
