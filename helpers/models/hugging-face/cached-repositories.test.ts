import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { cachedRepositories } from '../index.ts'

/** As huggingface_hub lays it out: models--OWNER--NAME/snapshots/REVISION/files. */
const test = base.extend('home', async ({}, { onCleanup }) => {
  const home = await mkdtemp(join(tmpdir(), 'hf-home-'))
  onCleanup(() => rm(home, { recursive: true }))
  const put = async (folder: string, ...names: string[]) => {
    const snapshot = join(home, 'hub', folder, 'snapshots', '7ae557604adf67be50417f59c2c2f167def9a775')
    await mkdir(snapshot, { recursive: true })
    for (const name of names) await writeFile(join(snapshot, name), '')
  }
  await put('models--Qwen--Qwen2.5-0.5B-Instruct', 'config.json', 'model.safetensors', 'tokenizer.json')
  await put('models--Qwen--only-its-config', 'config.json')
  await put('datasets--openai--gsm8k', 'config.json', 'model.safetensors')
  await mkdir(join(home, 'hub', 'models--nothing--yet'))
  await writeFile(join(home, 'hub', 'version.txt'), '1')
  return home
})

test('finds the models whose weights are there', async ({ home }) => {
  expect(await cachedRepositories({ HF_HOME: home })).toEqual(['Qwen/Qwen2.5-0.5B-Instruct'])
  expect(await cachedRepositories({ HF_HUB_CACHE: join(home, 'hub'), HF_HOME: '/nowhere' })).toHaveLength(1)
})

test('finds nothing where there is no cache', async ({ home }) => {
  expect(await cachedRepositories({ HF_HOME: join(home, 'elsewhere') })).toEqual([])
})
