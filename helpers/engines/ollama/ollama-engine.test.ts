import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BadInputError, CouldNotMeasureError, EngineStartError, ModelMissingError } from '../../errors.ts'
import { isAlive } from '../../processes/index.ts'
import { distinctFile } from './distinct-file.ts'
import { attachOllama } from './index.ts'
import { generations, instanceOf, type Override, replayOllama } from './replay-for-tests.ts'

const options = { contextTokens: 1024, slots: 1 }
let folder: string
let path: string
/** Of what is no tensor at all; no test has a real engine read it. */
const contents = Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(20, 3), Buffer.from('the rest of the file')])
const digest = createHash('sha256').update(contents).digest('hex')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ollama-test-'))
  path = join(folder, 'model.gguf')
  await writeFile(path, contents)
})
afterAll(() => rm(folder, { recursive: true }))

const model = (name: string) => ({ name, path, bytes: contents.length })
const routes = (seen: { route: string }[]) => seen.map(({ route }) => route.replace(/sha256:\w+/, 'sha256'))

describe.for(generations)('Ollama $version', recording => {
  test('says who it is', async () => {
    await using server = await replayOllama(recording)
    const engine = await attachOllama({ url: `${server.url}/` })
    expect(engine.identity).toMatchObject({
      name: 'ollama',
      version: recording.version,
      origin: 'attached',
      url: server.url,
    })
    expect(engine.traits).toMatchObject({ modelFormat: 'gguf', catalogueName: 'ollama', fixedOutput: false })
    expect(await engine.processRoots()).toEqual({ state: 'measured', value: [process.pid] })
    for (const gone of [engine.resetPrefixCache(''), engine.sleep(''), engine.wake(''), engine.restart()]) {
      expect(await gone).toMatchObject({ state: 'absent', reason: expect.any(String) })
    }
    for (const { state } of [...Object.values(await engine.queue()), ...Object.values(await engine.totals(''))]) {
      expect(state).toBe('absent')
    }
  })

  test('a file becomes a model, under a name that Ollama allows and the caller does not see', async () => {
    await using server = await replayOllama(recording)
    const engine = await attachOllama({ url: server.url })
    expect((await engine.load(model('qwen2.5-0.5b ÷ 16'), options)).loadMs).toBeGreaterThan(0)
    const ollamaName = `vitest-llm-perf/qwen2.5-0.5b-div-16:${digest.slice(0, 12)}`
    expect([...server.models]).toEqual([ollamaName])
    expect(await engine.models()).toEqual([{ name: 'qwen2.5-0.5b ÷ 16', status: 'loaded' }])
    expect(engine.target('qwen2.5-0.5b ÷ 16')).toEqual({
      protocol: 'ollama',
      origin: server.url,
      chatPath: '/api/chat',
      headers: {},
      body: { model: ollamaName, keep_alive: -1, options: { num_ctx: 1024 } },
    })
  })

  test('is created once, and loaded as it was asked for', async () => {
    await using server = await replayOllama(recording)
    const engine = await attachOllama({ url: server.url })
    await engine.load(model('a'), options)
    await engine.load(model('a'), { ...options, contextTokens: 512, keepAlive: { seconds: 30 } })
    expect(routes(server.seen).filter(route => /blobs|create/.test(route))).toEqual([
      'HEAD /api/blobs/sha256',
      'POST /api/blobs/sha256',
      'POST /api/create',
    ])
    const loads = server.seen.filter(({ route }) => route === 'POST /api/generate').map(({ body }) => body)
    expect(loads).toMatchObject([
      { keep_alive: -1, options: { num_ctx: 1024 } },
      { keep_alive: 30, options: { num_ctx: 512 } },
    ])
    expect(engine.target('a').body).toMatchObject({ keep_alive: 30, options: { num_ctx: 512 } })
  })

  test('settings go with the load and with every request, and others are refused', async () => {
    await using server = await replayOllama(recording)
    const engine = await attachOllama({ url: server.url })
    const hasMap = engine.traits.loadSettings.includes('memoryMap')
    expect(hasMap).toBe(recording.version.startsWith('0.17'))
    const settings = { gpuLayers: 0, ...(hasMap && { memoryMap: false }) }
    await engine.load(model('a'), { ...options, settings })
    const wanted = { num_ctx: 1024, num_gpu: 0, ...(hasMap && { use_mmap: false }) }
    expect(server.seen.filter(({ route }) => route === 'POST /api/generate').at(-1)?.body).toMatchObject({
      options: wanted,
    })
    expect(engine.target('a').body).toMatchObject({ options: wanted })
    await engine.load(model('a'), options)
    expect(engine.target('a').body).toEqual(expect.objectContaining({ options: { num_ctx: 1024 } }))
    const refused = engine.load(model('a'), { ...options, settings: { kvCacheType: 'q8_0' } })
    await expect(refused).rejects.toThrow(/a cannot be loaded with kvCacheType: ollama honours .*gpuLayers at a load/)
  })

  test('a model that sees is made of two files, and is another than the one without', async () => {
    await using server = await replayOllama(recording)
    const engine = await attachOllama({ url: server.url })
    const projectorPath = join(folder, 'projector.gguf')
    await writeFile(projectorPath, 'a projector')
    await engine.load({ ...model('a'), projectorPath }, options)
    const projector = createHash('sha256').update('a projector').digest('hex')
    expect(server.seen.find(({ route }) => route === 'POST /api/create')?.body).toMatchObject({
      files: { 'model.gguf': `sha256:${digest}`, 'projector.gguf': `sha256:${projector}` },
    })
    await engine.load(model('a'), options)
    expect(server.models.size).toBe(2)
    await engine.load({ ...model('a'), projectorPath }, options)
    expect(server.models.size).toBe(2)
  })

  test('two models of one file have bytes of their own', async () => {
    await using server = await replayOllama(recording)
    const engine = await attachOllama({ url: server.url })
    await engine.load(model('a'), options)
    await engine.load(model('b'), options)
    const uploads = server.seen.filter(({ route }) => route.startsWith('POST /api/blobs')).map(({ route }) => route)
    expect(new Set(uploads).size).toBe(2)
    expect(await engine.models()).toEqual([
      { name: 'a', status: 'loaded' },
      { name: 'b', status: 'loaded' },
    ])
  })

  test('looking shows the process of the model, and neither loads it nor keeps it', async () => {
    await using server = await replayOllama(recording)
    const engine = await attachOllama({ url: server.url })
    expect(await engine.residency('a')).toMatchObject({ state: 'not loaded' })
    await engine.load(model('a'), options)
    const before = server.seen.length
    expect(await engine.residency('a')).toMatchObject({
      state: 'loaded',
      instance: instanceOf(server.runner?.pid),
      generatedTokens: { state: 'absent' },
      loads: { state: 'absent', reason: expect.stringContaining('PERF_ENGINE_CONTAINER') },
    })
    expect(routes(server.seen.slice(before))).not.toContain('POST /api/generate')
  })

  test('a model whose process was killed is not loaded, whatever /api/ps says', async () => {
    await using server = await replayOllama(recording)
    const engine = await attachOllama({ url: server.url })
    await engine.load(model('a'), options)
    await engine.residency('a')
    await server.runner?.kill()
    expect([...server.loaded]).toHaveLength(1)
    expect(await engine.residency('a')).toMatchObject({
      state: 'not loaded',
      detail: expect.stringMatching(/is gone$/),
    })
  })

  test('unload waits for the process, which ends after /api/ps says so', async () => {
    await using server = await replayOllama(recording)
    const engine = await attachOllama({ url: server.url })
    await engine.load(model('a'), options)
    const pid = server.runner?.pid ?? 0
    expect(isAlive(pid)).toBe(true)
    await engine.unload('a')
    expect(isAlive(pid)).toBe(false)
    expect(await engine.models()).toEqual([{ name: 'a', status: 'unloaded' }])
    await engine.unload('a')
    await engine.unload('never heard of')
    expect(() => engine.target('a')).toThrow(/not loaded yet/)
  })

  test('another adapter finds the model by the name that the first one was given', async () => {
    await using server = await replayOllama(recording)
    const engine = await attachOllama({ url: server.url })
    await engine.load(model('a ÷ 2'), options)
    const other = await attachOllama({ url: server.url })
    expect(await other.residency('a ÷ 2')).toMatchObject({ state: 'loaded' })
    await other.unload('a ÷ 2')
    expect(await engine.residency('a ÷ 2')).toMatchObject({ state: 'not loaded' })
  })

  test('counts tokens where they fit', async () => {
    await using server = await replayOllama(recording)
    const engine = await attachOllama({ url: server.url })
    expect(await engine.countTokens('a', 'hello')).toMatchObject({ state: 'absent' })
    await engine.load(model('a'), options)
    expect(await engine.countTokens('a', 'hello world')).toEqual({ state: 'measured', value: 6 })
    expect(await engine.countTokens('a', '')).toEqual({ state: 'measured', value: 0 })
    expect(await engine.countTokens('a', 'hello world '.repeat(3000))).toMatchObject({
      state: 'absent',
      reason: expect.stringMatching(/exceeds the (available )?context/),
    })
    expect(server.seen.at(-1)?.body).toMatchObject({
      raw: true,
      truncate: false,
      options: { num_ctx: 1024, num_predict: 1 },
    })
  })

  test('leaves nothing of what it created, and the keep-alive of the others to the server', async () => {
    await using server = await replayOllama(recording)
    server.models.add('llama3.2:1b')
    const engine = await attachOllama({ url: server.url })
    await engine.load(model('a'), options)
    await engine.load({ name: 'llama3.2:1b', path: '', bytes: 0 }, options)
    await engine.stop()
    expect([...server.models]).toEqual(['llama3.2:1b'])
    expect([...server.loaded]).toEqual(['llama3.2:1b'])
    const last = server.seen.findLast(({ body }) => body.model === 'llama3.2:1b')?.body
    expect(last).toEqual({ model: 'llama3.2:1b', options: { num_ctx: 1024 }, stream: false })
  })

  test('a model that it lacks: what it has, and how to get it', async () => {
    await using server = await replayOllama(recording)
    server.models.add('llama3.2:latest')
    const engine = await attachOllama({ url: server.url })
    await engine.load({ name: 'llama3.2', path: '', bytes: 0 }, options).catch(() => {})
    const failure = await engine.load({ name: 'qwen2.5:0.5b', path: '', bytes: 0 }, options).catch(e => e)
    expect(failure).toBeInstanceOf(ModelMissingError)
    expect(failure.message).toMatch(
      /has no model qwen2\.5:0\.5b\. It has: llama3\.2:latest\. Get it with: ollama pull qwen2\.5:0\.5b, or .* PERF_PULL=1/,
    )
    expect(await engine.residency('llama3.2')).toMatchObject({ state: 'loaded' })
  })

  test('less context than was asked for', async () => {
    const override: Override = (_, path) => (path === '/api/ps' ? recording.answers.psCut : undefined)
    await using server = await replayOllama(recording, override)
    server.models.add(recording.model)
    const engine = await attachOllama({ url: server.url })
    const file = { name: recording.model, path: '', bytes: 0 }
    await engine.load(file, { ...options, contextTokens: 32_768 })
    const failure = await engine.load(file, { ...options, contextTokens: 100_000 }).catch(e => e)
    expect(failure).toBeInstanceOf(CouldNotMeasureError)
    expect(failure.message).toMatch(/32768 tokens of context.* needs 100000/)
  })

  test('pull: nothing where it is there; progress, and what went wrong', async () => {
    await using server = await replayOllama(recording)
    server.models.add('qwen2.5:1.5b')
    const lines: string[] = []
    const engine = await attachOllama({ url: server.url })
    const onProgress = (line: string) => lines.push(line)
    expect(await engine.pull('qwen2.5:1.5b', { onProgress })).toEqual({ state: 'measured', value: undefined })
    expect(routes(server.seen)).not.toContain('POST /api/pull')
    const failure = await engine.pull('qwen2.5:0.5b', { onProgress }).catch(e => e)
    expect(failure).toBeInstanceOf(CouldNotMeasureError)
    expect(failure.message).toContain('pull model manifest')
    expect(lines).toEqual(['pulling manifest'])
  })
})

describe('what goes wrong', () => {
  const [old, recent] = generations
  if (!old || !recent) throw new Error('both generations are recorded')

  test.for([
    [
      'while the file is uploaded',
      'POST /api/blobs',
      { error: 'write /models/blobs/sha256-3464203013: no space left on device' },
      /disk .* is full/,
    ],
    [
      'for a file that it cannot read',
      'POST /api/create',
      { error: 'supplied file was not in GGUF format' },
      /not in GGUF format\.$/m,
    ],
  ] as const)('creating a model %s', async ([, route, body, message]) => {
    await using server = await replayOllama(old, (method, path) =>
      `${method} ${path}`.startsWith(route) ? { status: 500, body } : undefined,
    )
    const failure = await (await attachOllama({ url: server.url })).load(model('a'), options).catch(e => e)
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(/^Ollama could not create a from its file/)
    expect(failure.message).toMatch(message)
  })

  test('a creation that ends without success', async () => {
    await using server = await replayOllama(old, (_, path) =>
      path === '/api/create' ? { status: 200, body: old.answers.create.body.slice(0, -1) } : undefined,
    )
    const engine = await attachOllama({ url: server.url })
    await expect(engine.load(model('a'), options)).rejects.toThrow('ended without success, after "writing manifest"')
  })

  test('loading a model that does not fit', async () => {
    const error = 'llama-server process has terminated: error: ggml_cuda: cudaMalloc failed: out of memory'
    await using server = await replayOllama(recent, (_, path) =>
      path === '/api/generate' ? { status: 500, body: { error } } : undefined,
    )
    const failure = await (await attachOllama({ url: server.url })).load(model('a'), options).catch(e => e)
    expect(failure).toBeInstanceOf(EngineStartError)
    expect(failure.message).toMatch(/^Ollama could not load a: .*cudaMalloc failed.* Cause: memory ran out/)
  })

  test('no server, no Ollama, no URL', async () => {
    const gone = await (async () => {
      await using server = await replayOllama(old)
      return server.url
    })()
    await expect(attachOllama({ url: gone })).rejects.toThrow(/^Cannot attach to Ollama at .*ECONNREFUSED/)
    await using other = await replayOllama(old, () => ({ status: 200, body: { vllm: true } }))
    await expect(attachOllama({ url: other.url })).rejects.toThrow(/did not answer as Ollama does: version/)
    await expect(attachOllama({ url: 'ftp://x' })).rejects.toThrow(BadInputError)
  })

  test('the key goes into every request and into no message', async () => {
    await using server = await replayOllama(old, (_, path) =>
      path === '/api/tags' ? { status: 401, body: { error: 'wrong key secret' } } : undefined,
    )
    const engine = await attachOllama({ url: server.url, apiKey: 'secret' })
    const failure = await engine.models().catch(e => e)
    expect(new Set(server.seen.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret']))
    expect(JSON.stringify([failure.message, failure.stack, engine.identity])).not.toContain('secret')
  })

  test('an upload that is not what its digest says is refused', async () => {
    await using server = await replayOllama(recent)
    const response = await fetch(`${server.url}/api/blobs/sha256:00`, { method: 'POST', body: 'hello' })
    expect(response.status).toBe(400)
  })
})

test('a distinct file differs by one metadata entry, and its tensors keep their alignment', async () => {
  let copied: string
  {
    await using copy = await distinctFile(path, 'qwen ÷ 2')
    copied = copy.path
    const bytes = await readFile(copied)
    expect(bytes.length).toBe(contents.length + 4096)
    expect(bytes.readBigUInt64LE(16)).toBe(contents.readBigUInt64LE(16) + 1n)
    expect(bytes.subarray(0, 16)).toEqual(contents.subarray(0, 16))
    expect(bytes.subarray(24 + 4096)).toEqual(contents.subarray(24))
    expect(bytes.toString('utf8', 24, 24 + 4096)).toContain('qwen ÷ 2')
  }
  await expect(readFile(copied)).rejects.toThrow('ENOENT')
})
