import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test as base, beforeEach, describe, expect, vi } from 'vitest'
import { parse } from 'yaml'
import { BadInputError, EngineStartError, ModelMissingError } from '../errors.ts'
import { choiceOf, nvidia } from './choices-for-tests.ts'
import { type DeploymentChoice, deploymentFiles } from './index.ts'

const test = base.extend('folder', async ({}, { onCleanup }) => {
  const path = await mkdtemp(join(tmpdir(), 'deployed-model-'))
  onCleanup(() => rm(path, { recursive: true }))
  for (const file of ['model.gguf', 'mmproj.gguf', 'config.json']) await writeFile(join(path, file), '')
  return path
})

/** What this shell would lend to an engine. */
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (/^[A-Z]+_/.test(name)) vi.stubEnv(name, undefined)
})
afterEach(() => vi.unstubAllEnvs())

/** As a compose file refers to it. */
const variable = (reference: string): string => `\${${reference}}`

const noGpu = { hostConfig: {}, environment: {} }
const named = (path: string, name = 'qwen2.5-0.5b ÷ 16') => ({ name, path, bytes: 0 })

interface Service {
  command: string[]
  environment?: Record<string, string>
  volumes: { source: string; target: string }[]
  [key: string]: unknown
}

function serviceOf(choice: DeploymentChoice, gpu = noGpu as typeof nvidia): Service {
  return parse(deploymentFiles(choice, gpu)['docker-compose.yml']).services[choice.engine]
}

describe('llama-server', () => {
  test('as files', ({ folder }) => {
    vi.stubEnv('LLAMA_ARG_THREADS', '2')
    const files = deploymentFiles(
      choiceOf({
        engine: 'llama-server',
        model: named(join(folder, 'model.gguf')),
        image: 'ghcr.io/ggml-org/llama.cpp:server-b10775',
        settings: { kvCacheType: 'q8_0' },
        measured: ['Row F of perf/engine-tuning, 2026-11-21: 1.70 times the tokens/s of the baseline.'],
      }),
      noGpu,
    )
    const text = (name: keyof typeof files): string => files[name].replaceAll(folder, '/folder')
    expect(text('docker-compose.yml')).toMatchInlineSnapshot(`
      "# Row F of perf/engine-tuning, 2026-11-21: 1.70 times the tokens/s of the baseline.
      #
      # Start it with \`docker compose up --detach --wait\`, end it with \`docker compose down\`. Then ask:
      # curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' -d '{"model":"qwen2.5-0.5b ÷ 16","messages":[{"role":"user","content":"Hello"}]}'
      # What there is to change stands in .env.

      name: llama-server
      services:
        llama-server:
          image: \${IMAGE:-ghcr.io/ggml-org/llama.cpp:server-b10775}
          volumes:
            - type: bind
              source: \${MODEL_PATH:-/folder/model.gguf}
              target: /models/model.gguf
              read_only: true
              bind:
                create_host_path: false
          command:
            - -m
            - /models/model.gguf
            - --alias
            - \${MODEL:-qwen2.5-0.5b ÷ 16}
            - -c
            - \${CONTEXT:-16384}
            - -np
            - \${SLOTS:-4}
            - --metrics
            - --cache-ram
            - \${CACHE_RAM:-0}
            - --fit
            - "off"
            - -ctk
            - \${KV_CACHE_TYPE:-q8_0}
            - -ctv
            - \${KV_CACHE_TYPE:-q8_0}
            - -fa
            - \${FLASH_ATTENTION:-on}
            - --host
            - 0.0.0.0
            - --port
            - "8080"
          environment:
            LLAMA_ARG_THREADS: \${LLAMA_ARG_THREADS:-2}
          ports:
            - \${ADDRESS:-127.0.0.1}:\${PORT:-8080}:8080
          healthcheck:
            test:
              - CMD
              - bash
              - -c
              - exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3 && read -r status <&3 && [[ $$status == *" 200 "* ]]
            interval: 5s
            timeout: 5s
            retries: 6
            start_period: 600s
          restart: unless-stopped
      "
    `)
    expect(text('.env')).toMatchInlineSnapshot(`
      "# What there is to change about docker-compose.yml beside this file.

      # The name that requests carry.
      MODEL='qwen2.5-0.5b ÷ 16'
      IMAGE=ghcr.io/ggml-org/llama.cpp:server-b10775

      # Of the model, on this machine.
      MODEL_PATH=/folder/model.gguf

      # 0.0.0.0 lets everybody ask who reaches this machine.
      ADDRESS=127.0.0.1
      PORT=8080

      # Tokens of context, which the slots share: SLOTS times what a request may take.
      CONTEXT=16384

      # Requests that are answered at the same time.
      SLOTS=4

      # MiB of host memory for earlier prompts.
      CACHE_RAM=0

      # Of the KV cache: f16, q8_0, q4_0, …
      KV_CACHE_TYPE=q8_0
      FLASH_ATTENTION=on
      LLAMA_ARG_THREADS=2
      "
    `)
  })

  test('a flag that was chosen stands in place of the one of ours', ({ folder }) => {
    const model = named(join(folder, 'model.gguf'))
    const words = ['--cache-ram', '1024', '--metrics', '--batch-size', '64', '-md', '/draft.gguf']
    const { command } = serviceOf(choiceOf({ engine: 'llama-server', model, arguments: words }))
    expect(command.slice(-7)).toEqual([
      ...[
        '--cache-ram',
        variable('CACHE_RAM:-1024'),
        '--metrics',
        '--batch-size',
        variable('BATCH_SIZE:-64'),
        '-md',
        '/draft.gguf',
      ],
    ])
    expect(command.filter(word => word === '--cache-ram' || word === '--metrics')).toHaveLength(2)
    expect(command).not.toContain('0')
  })

  test('shards, and a projector, come with the model', async ({ folder }) => {
    for (const file of ['big-00001-of-00002.gguf', 'big-00002-of-00002.gguf']) await writeFile(join(folder, file), '')
    const model = { ...named(join(folder, 'big-00001-of-00002.gguf')), projectorPath: join(folder, 'mmproj.gguf') }
    const { volumes, command } = serviceOf(choiceOf({ engine: 'llama-server', model }))
    expect(volumes.map(({ target, source }) => [target, source.replace(folder, '')])).toEqual([
      ['/models/big-00001-of-00002.gguf', variable('MODEL_PATH:-/big-00001-of-00002.gguf')],
      ['/models/big-00002-of-00002.gguf', '/big-00002-of-00002.gguf'],
      ['/models/mmproj.gguf', variable('PROJECTOR_PATH:-/mmproj.gguf')],
    ])
    expect(command.slice(0, 4)).toEqual(['-m', '/models/big-00001-of-00002.gguf', '--mmproj', '/models/mmproj.gguf'])
  })
})

describe('vLLM', () => {
  const hub = choiceOf({ engine: 'vllm', model: named('', 'Qwen/Qwen2.5-7B-Instruct-AWQ') })

  test('with a KV cache in shared memory has a /dev/shm of its own, and may lock memory', () => {
    const offloading = { arguments: ['--kv-offloading-size', '32'], sharedMemoryBytes: 34 * 2 ** 30 }
    const service = serviceOf({ ...hub, ...offloading }, nvidia)
    expect(service).toMatchObject({ shm_size: variable('SHARED_MEMORY:-34g'), ulimits: { memlock: -1 } })
    expect(service).not.toHaveProperty('ipc')
    expect(service.command.slice(-2)).toEqual(['--kv-offloading-size', variable('KV_OFFLOADING_SIZE:-32')])
    expect(serviceOf(hub, nvidia)).toMatchObject({ ipc: 'host' })
    expect(serviceOf(hub)).not.toHaveProperty('ulimits')
  })

  test('sees the GPUs as its containers here do', () => {
    expect(serviceOf(hub, nvidia)).toMatchObject({
      deploy: { resources: { reservations: { devices: [{ driver: 'nvidia', count: 'all', capabilities: ['gpu'] }] } } },
    })
    const node = { PathOnHost: '/dev/kfd', PathInContainer: '/dev/kfd', CgroupPermissions: 'rwm' }
    expect(serviceOf(hub, { hostConfig: { Devices: [node] }, environment: {} })).toMatchObject({
      devices: ['/dev/kfd:/dev/kfd:rwm'],
    })
    const jetson = { hostConfig: { Runtime: 'nvidia' }, environment: { NVIDIA_VISIBLE_DEVICES: 'all' } }
    expect(serviceOf(hub, jetson)).toMatchObject({ runtime: 'nvidia', environment: jetson.environment })
    expect(Object.keys(serviceOf(hub))).not.toEqual(expect.arrayContaining(['deploy', 'devices', 'runtime']))
  })

  test('has nothing that only measuring needs', ({ folder }) => {
    vi.stubEnv('HF_HUB_OFFLINE', '1')
    vi.stubEnv('VLLM_CPU_KVCACHE_SPACE', '2')
    vi.stubEnv('OTHER', 'x')
    expect(serviceOf(hub).environment).toEqual({
      HF_TOKEN: variable('HF_TOKEN:-'),
      VLLM_CPU_KVCACHE_SPACE: variable('VLLM_CPU_KVCACHE_SPACE:-2'),
    })
    expect(serviceOf(hub, nvidia).environment).toEqual({ HF_TOKEN: variable('HF_TOKEN:-') })
    const local = serviceOf(choiceOf({ engine: 'vllm', model: named(folder) }), nvidia)
    expect(local.environment).toEqual({ HF_HUB_OFFLINE: variable('HF_HUB_OFFLINE:-1') })
    expect(local.command.join(' ')).toMatch(/^serve \/models\/\S+ --served-model-name \$\{MODEL:-qwen2.5-0.5b ÷ 16\} /)
  })

  test("a folder of links finds its files: Hugging Face's cache", async ({ folder }) => {
    await mkdir(join(folder, 'snapshots/abc'), { recursive: true })
    await mkdir(join(folder, 'blobs'))
    await writeFile(join(folder, 'blobs/123'), '{}')
    await symlink('../../blobs/123', join(folder, 'snapshots/abc/config.json'))
    const { volumes, command } = serviceOf(choiceOf({ engine: 'vllm', model: named(join(folder, 'snapshots/abc')) }))
    expect(command[1]).toBe('/models/snapshots/abc')
    expect(volumes.map(({ target }) => target)).toEqual(
      expect.arrayContaining(['/models/snapshots/abc', '/models/blobs/123']),
    )
  })

  test('no secret is written', () => {
    vi.stubEnv('HF_TOKEN', 'geheim-1')
    vi.stubEnv('VLLM_API_KEY', 'geheim-2')
    const files = deploymentFiles({
      ...hub,
      arguments: ['--api-key', 'geheim-3', '--max-num-batched-tokens', '512'],
      environment: { HTTPS_PROXY: 'http://me:geheim-4@proxy', OTHER_SECRET: 'geheim-5' },
    })
    expect(JSON.stringify(files)).not.toContain('geheim')
    expect(files['.env']).toContain('MAX_NUM_BATCHED_TOKENS=512')
    expect(files['.env']).toMatch(/^# Secrets .*: API_KEY, HF_TOKEN, VLLM_API_KEY, HTTPS_PROXY, OTHER_SECRET$/m)
    expect(files['docker-compose.yml']).toContain(`\${API_KEY:?`)
  })
})

describe('Ollama', () => {
  test('has the model before it answers', ({ folder }) => {
    const model = named(join(folder, 'model.gguf'))
    const settings = { gpuLayers: 8, memoryMap: false }
    const choice = choiceOf({ engine: 'ollama', model, settings, environment: { OLLAMA_FLASH_ATTENTION: '1' } })
    const { services, volumes } = parse(deploymentFiles(choice, noGpu)['docker-compose.yml'])
    expect(services.model).toMatchObject({
      environment: {
        MODEL: variable('MODEL:-qwen2.5-0.5b-div-16'),
        MODELFILE: 'FROM /models/model.gguf\nPARAMETER use_mmap false\nPARAMETER num_gpu 8',
      },
      restart: 'no',
    })
    expect(services.ollama).toMatchObject({
      depends_on: { model: { condition: 'service_completed_successfully' } },
      environment: {
        OLLAMA_CONTEXT_LENGTH: variable('CONTEXT:-4096'),
        OLLAMA_NUM_PARALLEL: variable('SLOTS:-4'),
        OLLAMA_FLASH_ATTENTION: variable('OLLAMA_FLASH_ATTENTION:-1'),
      },
    })
    expect(services.model.volumes).toEqual(services.ollama.volumes)
    expect(volumes).toEqual({ ollama: {} })
  })

  test('fetches a model of its library by its name', () => {
    const choice = choiceOf({ engine: 'ollama', model: named('', 'qwen2.5:0.5b') })
    const { services } = parse(deploymentFiles(choice, noGpu)['docker-compose.yml'])
    expect(services.model.environment).toMatchObject({
      MODEL: variable('MODEL:-qwen2.5:0.5b'),
      MODELFILE: `FROM \${MODEL:-qwen2.5:0.5b}`,
    })
  })
})

describe('refuses', () => {
  test('a value that an .env file cannot carry', () => {
    const choice = choiceOf({ engine: 'ollama', model: named('', 'm'), environment: { OLLAMA_X: 'a\nb' } })
    expect(() => deploymentFiles(choice)).toThrow(BadInputError)
    expect(() => deploymentFiles(choice)).toThrow(/OLLAMA_X is "a\\nb", which such a file cannot carry\. It may/)
  })

  test('a model that is not there, or that the engine does not take', () => {
    expect(() => deploymentFiles(choiceOf({ engine: 'llama-server', model: named('/no/such.gguf') }))).toThrow(
      EngineStartError,
    )
    expect(() => deploymentFiles(choiceOf({ engine: 'llama-server', model: named('', 'm') }))).toThrow(
      ModelMissingError,
    )
  })
})

test('a line for people stays one', () => {
  const choice = choiceOf({ engine: 'ollama', model: named('', 'm'), measured: ['one\nservices: {}'] })
  expect(parse(deploymentFiles(choice)['docker-compose.yml'])).toHaveProperty('services.ollama')
})
