import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { freePort } from '../engines/hosts/free-port.ts'
import { modelStorage } from '../fixtures/choose-model.ts'
import { syntheticModel } from '../models/index.ts'
import { choiceOf, nvidia } from './choices-for-tests.ts'
import { deploy, whyNoCompose, whyNoImage } from './compose-for-tests.ts'
import { type DeploymentChoice, deploymentFiles } from './index.ts'

const absent = whyNoCompose()

const test = base
  .extend('compose', { auto: true }, ({ task }) => {
    if (absent !== null) task.context.skip(absent)
  })
  .extend('folder', async ({}, { onCleanup }) => {
    const path = await mkdtemp(join(tmpdir(), 'deployed-model-'))
    onCleanup(() => rm(path, { recursive: true }))
    await writeFile(join(path, 'tiny.gguf'), '')
    await writeFile(join(path, 'config.json'), '{}')
    return path
  })

interface Config {
  services: Record<string, { command: string[]; environment?: Record<string, string>; ports?: { published: string }[] }>
}

/** As compose understands it; its own output has dollars doubled again. */
async function understood(choice: DeploymentChoice, environment: Record<string, string> = {}): Promise<Config> {
  await using deployed = await deploy(deploymentFiles(choice), environment)
  return JSON.parse((await deployed.compose('config', '--format', 'json')).replaceAll('$$', '$'))
}

describe('compose', () => {
  test.for([
    ['llama-server', 'tiny.gguf'],
    ['ollama', 'tiny.gguf'],
    ['ollama', null],
    ['vllm', '.'],
    ['vllm', null],
  ] as const)('accepts what is written for %s with %s, with and without GPUs', async ([engine, file], { folder }) => {
    const path = file === null ? '' : join(folder, file)
    const choice = choiceOf({ engine, model: { name: 'a model', path, bytes: 0 }, sharedMemoryBytes: 2 ** 30 })
    for (const gpu of [undefined, nvidia, { hostConfig: { Runtime: 'nvidia' }, environment: { A: 'b' } }]) {
      await using deployed = await deploy(deploymentFiles(choice, gpu))
      await deployed.compose('config', '--quiet')
    }
  })

  test('reads every value as it was meant', async ({ folder }) => {
    const model = { name: 'a model', path: join(folder, 'tiny.gguf'), bytes: 0 }
    const values = [
      ...['plain', '', ' with spaces ', 'a # b', '$HOME', `\${HOME}`, '$$', '{"a":{"b":[1]}}', "it's", 'say "so"'],
      ...['back\\slash', '÷', '-1', 'a=b', '*', '~', 'off', '1e3', 'a: b', '}', "it's {x}", ':-x', '%', '`id`', '!'],
    ]
    const environment = Object.fromEntries(values.map((value, i) => [`LLAMA_ARG_${i}`, value]))
    const own = ['-x', '$HOME', `\${HOME}`, '$$']
    const words = [...own, ...values.map((value, i) => `--flag-${i}=${value}`)]
    const { services } = await understood(choiceOf({ engine: 'llama-server', model, environment, arguments: words }))
    expect(services['llama-server']?.environment).toEqual(environment)
    expect(services['llama-server']?.command.slice(-words.length)).toEqual(words)
  })

  test('takes what a person changes, and a secret from the environment alone', async () => {
    const model = { name: 'org/model', path: '', bytes: 0 }
    const changed = { PORT: '9000', CONTEXT: '1024', KV_OFFLOADING_SIZE: '64', HF_TOKEN: 'hf_123' }
    const choice = choiceOf({ engine: 'vllm', model, arguments: ['--kv-offloading-size', '32'] })
    const { services } = await understood(choice, changed)
    const { vllm } = services
    expect(vllm?.ports).toMatchObject([{ published: '9000' }])
    expect(vllm?.command.join(' ')).toContain('--max-model-len 1024 ')
    expect(vllm?.command.join(' ')).toContain('--kv-offloading-size 64')
    expect(vllm?.environment).toMatchObject({ HF_TOKEN: 'hf_123' })
  })
})

describe('what was started answers, and leaves nothing behind', () => {
  test.for(['llama-server', 'ollama'] as const)('%s', async (engine, { skip }) => {
    const image = `${engine}:local`
    const missing = whyNoImage(image)
    if (missing !== null) skip(missing)
    const { name, path, bytes } = await syntheticModel(
      { model: 'qwen2.5-0.5b', divisor: 16, quantisation: 'q4_0' },
      modelStorage,
    )
    const files = deploymentFiles(
      choiceOf({ engine, image, model: { name, path, bytes }, contextTokens: 512, slots: 2 }),
    )
    const port = await freePort()
    let left: () => Promise<string[]>
    {
      await using deployed = await deploy(files, { PORT: String(port) })
      left = deployed.left
      await deployed.compose('up', '--detach', '--wait')
      const body = {
        model: engine === 'ollama' ? 'qwen2.5-0.5b-div-16' : name,
        messages: [{ role: 'user', content: 'Hello' }],
        max_tokens: 8,
      }
      const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(answer.status).toBe(200)
      expect(await answer.json()).toMatchObject({ model: body.model, usage: { completion_tokens: 8 } })
      expect((await left()).length).toBeGreaterThanOrEqual(2)
    }
    expect(await left()).toEqual([])
  })

  test('and a server that cannot start is told', async ({ folder, skip }) => {
    const missing = whyNoImage('ollama:local')
    if (missing !== null) skip(missing)
    const model = { name: 'broken', path: join(folder, 'tiny.gguf'), bytes: 0 }
    const files = deploymentFiles(choiceOf({ engine: 'ollama', image: 'ollama:local', model }))
    await using deployed = await deploy(files, { PORT: String(await freePort()) })
    await expect(deployed.compose('up', '--detach', '--wait')).rejects.toThrow(/model.*didn't complete successfully/)
  })
})
