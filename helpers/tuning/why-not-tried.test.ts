import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChosenModel } from '../fixtures/choose-model.ts'
import { tinyModel } from '../models/index.ts'
import { exampleIdentity, examplePlan, exampleRow } from './example-run.ts'
import { whyNotTried } from './why-not-tried.ts'

let folder = ''
let model: ChosenModel
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'not-tried-'))
  const file = await tinyModel({ family: 'llama', quantisation: 'f16' }, { directory: folder, limitBytes: 1e9 })
  model = {
    name: 'tiny',
    path: file.path,
    bytes: file.bytes,
    scale: 1,
    origin: 'synthetic',
    endsItself: false,
    architecture: null,
  }
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const engine = {
  identity: { ...exampleIdentity, name: 'llama-server' },
  traits: { modelFormat: 'gguf' },
} as unknown as Parameters<typeof whyNotTried>[3]
const row = (slots: number, hostBytes = 0) =>
  exampleRow('a', { hostBytes, change: { arguments: [], environment: {}, settings: {}, slots } })
const why = (slots: number, contextTokens: number, hasGpu = false) =>
  whyNotTried(row(slots), model, { ...examplePlan, contextTokens }, engine, hasGpu)

test('a KV cache that the machine has no room for is predicted, and not tried', async () => {
  expect(await why(2, 512)).toBeNull()
  expect(await why(4096, 2 ** 20)).toMatch(/it would take \d[\d.]* GiB of host memory, and .* without danger/)
})

test('with a GPU it lies there, and is tried', async () => {
  expect(await why(4096, 2 ** 20, true)).toBeNull()
})

test('what a row takes for good counts in any case', async () => {
  expect(await whyNotTried(row(1, 2 ** 50), model, examplePlan, engine, true)).toContain('GiB of host memory')
})
