import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EngineStartError } from '../../errors.ts'
import { containerCommand } from './container-command.ts'
import { gpuAccess } from './container-gpus.ts'
import { ContainerMounts } from './container-mounts.ts'
import { describeEnd } from './container-watch.ts'
import recorded from './docker-refusal.data.json' with { type: 'json' }
import { daemonRefusal } from './docker-refusal.ts'

describe('the command', () => {
  test.for([
    [
      'the program, wherever it lies',
      'llama-server',
      ['-m', 'x'],
      ['/app/llama-server'],
      ['/app/llama-server'],
      ['-m', 'x'],
    ],
    ['what it already says is not said again', 'vllm', ['serve', 'x'], ['vllm', 'serve'], ['vllm', 'serve'], ['x']],
    ['another entrypoint is replaced', 'ollama', ['serve'], ['/entry.sh'], ['ollama'], ['serve']],
    ['no entrypoint', 'ollama', ['serve'], [], ['ollama'], ['serve']],
  ] as const)('%s', ([, program, words, image, entrypoint, command]) => {
    expect(containerCommand(program, [...words], [...image])).toEqual({ entrypoint, command })
  })
})

describe('GPUs', () => {
  const machine =
    (...paths: string[]) =>
    (path: string): boolean =>
      paths.includes(path)

  test('NVIDIA by a device request, Jetson by its runtime, AMD by its devices, else nothing', () => {
    expect(gpuAccess(machine('/dev/nvidiactl', '/dev/dri')).hostConfig).toEqual({
      DeviceRequests: [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }],
    })
    expect(gpuAccess(machine('/etc/nv_tegra_release', '/dev/nvidiactl'))).toEqual({
      hostConfig: { Runtime: 'nvidia' },
      environment: { NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_DRIVER_CAPABILITIES: 'all' },
    })
    const { Devices } = gpuAccess(machine('/dev/kfd', '/dev/dri')).hostConfig
    expect(Devices?.map(device => device.PathOnHost)).toEqual(['/dev/kfd', '/dev/dri'])
    expect(gpuAccess(machine('/dev/dri'))).toEqual({ hostConfig: {}, environment: {} })
  })
})

describe('files of this machine', () => {
  async function folderWith(
    files: Record<string, string | { link: string }>,
  ): Promise<AsyncDisposable & { path: string }> {
    const path = await realpath(await mkdtemp(join(tmpdir(), 'container-mounts-')))
    for (const [name, content] of Object.entries(files)) {
      const file = join(path, name)
      await mkdir(dirname(file), { recursive: true })
      await (typeof content === 'string' ? writeFile(file, content) : symlink(content.link, file))
    }
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
  }

  test('are mounted read-only, under their own paths', async () => {
    await using folder = await folderWith({ 'model.gguf': '' })
    const mounts = new ContainerMounts()
    const file = join(folder.path, 'model.gguf')
    expect(mounts.add(file)).toBe(`/host${file}`)
    expect(mounts.add(file)).toBe(`/host${file}`)
    expect(mounts.list()).toEqual([{ Type: 'bind', Source: file, Target: `/host${file}`, ReadOnly: true }])
  })

  test('in shards come together', async () => {
    await using folder = await folderWith({
      'm-00001-of-00002.gguf': '',
      'm-00002-of-00002.gguf': '',
      'n-00001-of-00002.gguf': '',
    })
    const mounts = new ContainerMounts()
    mounts.add(join(folder.path, 'm-00001-of-00002.gguf'))
    expect(
      mounts
        .list()
        .map(({ Source }) => Source.slice(folder.path.length + 1))
        .sort(),
    ).toEqual(['m-00001-of-00002.gguf', 'm-00002-of-00002.gguf'])
  })

  test("that are links lead to their files, as in Hugging Face's cache", async () => {
    await using folder = await folderWith({
      'blobs/abc': '',
      'snapshots/1/config.json': { link: '../../blobs/abc' },
      'snapshots/1/copy.json': { link: 'config.json' },
    })
    const mounts = new ContainerMounts()
    mounts.add(join(folder.path, 'snapshots/1'))
    const blob = join(folder.path, 'blobs/abc')
    expect(mounts.list().map(({ Source, Target }) => [Source, Target])).toEqual([
      [join(folder.path, 'snapshots/1'), `/host${folder.path}/snapshots/1`],
      [blob, `/host${blob}`],
    ])
  })

  test('that are not there are refused', () => {
    expect(() => new ContainerMounts().add('/no/such/model.gguf')).toThrow(EngineStartError)
    expect(() => new ContainerMounts().add('/no/such/model.gguf')).toThrow('/no/such/model.gguf')
  })
})

describe("the daemon's refusals", () => {
  const refusal = (name: keyof typeof recorded.messages): string => daemonRefusal(new Error(recorded.messages[name]))

  test.for([
    [
      'nvidiaWithoutToolkit',
      /NVIDIA's container toolkit.*PERF_ENGINE_URL\)\. Docker said: could not select device driver/,
    ],
    ['nvidiaRuntime', /NVIDIA's container toolkit/],
    ['noSuchProgram', /the image has no such program.*"no-such-engine"/],
    ['ulimits', /may not raise the limits/],
    ['missingSource', /does not see this machine's files.*\/no\/such\/file/],
    ['portTaken', /its port was taken by another program.*127\.0\.0\.1:18123/],
    ['missingDevice', /^Docker refused: error gathering device information/],
  ] as const)('%s', ([name, meaning]) => {
    expect(refusal(name)).toMatch(meaning)
  })
})

describe('the end of a container', () => {
  const end = (State: object, Memory = 0): string =>
    describeEnd({ State, HostConfig: { Memory } } as Parameters<typeof describeEnd>[0])

  test('is told by its exit code, its signal or its want of memory', () => {
    expect(end({ ExitCode: 2, OOMKilled: false, Error: '' })).toBe('exit code 2')
    expect(end({ ExitCode: 139, OOMKilled: false, Error: '' })).toBe('exit code 139 (SIGSEGV)')
    expect(end({ ExitCode: 137, OOMKilled: false, Error: '' })).toMatch(
      /^exit code 137 \(SIGKILL, which the kernel sends/,
    )
    expect(end({ ExitCode: 137, OOMKilled: true, Error: '' })).toMatch(/^out of memory .*the memory of the machine/)
    expect(end({ ExitCode: 137, OOMKilled: true, Error: '' }, 2 ** 30)).toMatch(/the container's limit of 1024 MiB/)
  })
})
