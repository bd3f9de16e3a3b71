import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startCaches } from './start-caches.ts'

test("vLLM's starts have an empty cache of their own, which is gone afterwards", async () => {
  const caches = await startCaches({ name: 'vllm', runsAs: 'binary vllm', arguments: [] })
  const folder = caches.environment.VLLM_CACHE_ROOT ?? ''
  expect(existsSync(folder)).toBe(true)
  await caches[Symbol.asyncDispose]()
  expect(existsSync(folder)).toBe(false)
})

test.for<Parameters<typeof startCaches>[0]>([
  { name: 'vllm', runsAs: 'container vllm/vllm-openai:v0.32.0', arguments: [] },
  { name: 'vllm', runsAs: 'binary vllm', arguments: ['--enforce-eager'] },
  { name: 'llama-server', runsAs: 'binary llama-server', arguments: [] },
])('none for $name as $runsAs $arguments', async identity => {
  await using caches = await startCaches(identity)
  expect(caches.environment).toEqual({})
})
