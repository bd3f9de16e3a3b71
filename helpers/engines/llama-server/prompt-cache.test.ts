import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { absent, measured } from '../../measured.ts'
import { promptCacheGrowth } from './prompt-cache.ts'

const growthOf = (...commandLine: string[]) =>
  promptCacheGrowth({ commandLine, rootPid: async () => absent('nobody looks') })

test('the prompt cache is on by default, with its limit', async () => {
  expect(await growthOf('llama-server', '-m', 'x.gguf')).toContain('up to 8192 MiB; start it with --cache-ram 0')
  expect(await growthOf('llama-server', '-cram', '512')).toContain('up to 512 MiB')
  expect(await growthOf('llama-server', '--cache-ram', '-1')).toContain('without limit')
})

test('switched off, or not to be seen, it explains nothing', async () => {
  expect(await growthOf('llama-server', '--cache-ram', '0')).toBeNull()
  expect(await growthOf()).toBeNull()
  expect(await growthOf('node', 'server.mjs')).toBeNull()
})

test('the environment says it where no argument does', async () => {
  // A process keeps the environment that it was started with: this one is a child with a variable of its own.
  await using child = await sleeper({ LLAMA_ARG_CACHE_RAM: '0' })
  const host = { commandLine: ['llama-server'], rootPid: async () => measured(child.pid) }
  expect(await promptCacheGrowth(host)).toBeNull()
  expect(await promptCacheGrowth({ ...host, commandLine: ['llama-server', '-cram', '64'] })).toContain('64 MiB')
})

async function sleeper(environment: Record<string, string>) {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { env: environment, stdio: 'ignore' })
  await once(child, 'spawn')
  return {
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
