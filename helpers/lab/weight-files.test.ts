import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { absent, type Measured, measured } from '../measured.ts'
import { weightsPath } from './weight-files.ts'

const test = base
  .extend('directory', async ({}, { onCleanup }) => {
    const directory = await mkdtemp(join(tmpdir(), 'weights-'))
    onCleanup(() => rm(directory, { recursive: true }))
    return directory
  })
  /** Starts a process with these words in its command line. */
  .extend('processWith', ({}, { onCleanup }) => {
    const children: ChildProcess[] = []
    onCleanup(async () => {
      for (const child of children) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
    })
    return async (...words: string[]): Promise<Measured<{ pid: number; isShared: boolean }>> => {
      const child = spawn(process.execPath, [
        '-e',
        'process.stdout.write("up"); process.stdin.resume()',
        '--',
        ...words,
      ])
      children.push(child)
      await once(child.stdout, 'data')
      return measured({ pid: child.pid ?? 0, isShared: false })
    }
  })

const engineOf = (process: Measured<{ pid: number; isShared: boolean }>) => ({
  modelProcess: async () => process,
  processRoots: async () => absent('not asked for'),
})

test('the copy that the process was started with, not the file that the engine was given', async ({
  directory,
  processWith,
}) => {
  const [given, copy] = [join(directory, 'given.gguf'), join(directory, 'sha256-abc')]
  await writeFile(given, 'GGUF and weights')
  await copyFile(given, copy)
  const engine = engineOf(await processWith('--model', copy, '--log', join(directory, 'none.log')))
  expect(await weightsPath(engine, { name: 'm', path: given, bytes: 16 })).toEqual(measured(copy))
  expect(await weightsPath(engine, { name: 'm', path: '', bytes: 0 })).toEqual(measured(copy))
})

test('the path that was given, when the process names no weights or cannot be seen', async ({
  directory,
  processWith,
}) => {
  const model = { name: 'm', path: directory, bytes: 16 }
  await writeFile(join(directory, 'other.bin'), 'something else')
  const engine = engineOf(await processWith(directory, join(directory, 'other.bin')))
  expect(await weightsPath(engine, model)).toEqual(measured(directory))
  expect(await weightsPath(engineOf(absent('it is on another machine')), model)).toEqual(measured(directory))
})

test('nothing, with the reason, for a model that only an engine elsewhere has', async () => {
  expect(await weightsPath(engineOf(absent('it is on another machine')), { name: 'm', path: '', bytes: 0 })).toEqual(
    absent('where the weights of m lie cannot be seen: it is on another machine'),
  )
})
