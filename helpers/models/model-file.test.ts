import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { ModelMissingError } from '../errors.ts'
import { modelFileAt } from './index.ts'

const test = base.extend('directory', async ({}, { onCleanup }) => {
  const directory = await mkdtemp(join(tmpdir(), 'models-'))
  onCleanup(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'mine.gguf'), Buffer.alloc(100))
  await mkdir(join(directory, 'my-model'))
  await writeFile(join(directory, 'my-model', 'config.json'), '{}')
  await writeFile(join(directory, 'my-model', 'model-00001-of-00002.safetensors'), Buffer.alloc(60))
  await writeFile(join(directory, 'my-model', 'model-00002-of-00002.safetensors'), Buffer.alloc(40))
  return directory
})

test('takes a GGUF file', async ({ directory }) => {
  const path = join(directory, 'mine.gguf')
  expect(await modelFileAt(path, 'gguf')).toEqual({ name: 'mine', path, bytes: 100 })
})

test('takes a folder with a config.json, of the size of its weights', async ({ directory }) => {
  const path = join(directory, 'my-model')
  expect(await modelFileAt(path, 'hugging-face')).toEqual({ name: 'my-model', path, bytes: 100 })
})

test.for(['qwen2.5:0.5b', 'Qwen/Qwen2.5-0.5B-Instruct', 'qwen2.5-0.5b'])('leaves the name %s to others', async name => {
  expect(await modelFileAt(name, 'gguf')).toBeNull()
  expect(await modelFileAt(name, 'hugging-face')).toBeNull()
})

test('refuses the form that an engine does not take', async ({ directory }) => {
  const file = modelFileAt(join(directory, 'mine.gguf'), 'hugging-face')
  await expect(file).rejects.toThrow(ModelMissingError)
  await expect(file).rejects.toThrow(/a GGUF file, .*mine\.gguf\. This engine takes a folder/)
  await expect(modelFileAt(join(directory, 'my-model'), 'gguf')).rejects.toThrow('This engine takes a GGUF file')
})

test('refuses what is not there, or is no model', async ({ directory }) => {
  await expect(modelFileAt('not-here.gguf', 'gguf')).rejects.toThrow('not-here.gguf, which cannot be read')
  await expect(modelFileAt(join(directory, 'none'), 'hugging-face')).rejects.toThrow('cannot be read')
  await expect(modelFileAt(directory, 'hugging-face')).rejects.toThrow('has no config.json')
})
