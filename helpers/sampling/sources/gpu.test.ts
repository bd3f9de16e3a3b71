import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { absent, measured } from '../../measured.ts'
import { isAlive } from '../../processes/index.ts'
import { FakeTree } from '../fake-tree.ts'
import { ProcessTrees } from '../process-trees.ts'
import { type GpuSource, gpuSource } from './gpu.ts'
import { combine, parseCell, parseDevice } from './gpu-devices.ts'
import { GpuProcesses } from './gpu-processes.ts'
import type { Sample } from './source.ts'

// The lines are made by hand from nvidia-smi's documentation (--help-query-gpu), not recorded from a GPU.
const deviceLine = '1, 0, 10240, 12227, 87, 71, 249.51, 2505, 0x0000000000000000'
const MIB = 2 ** 20

let tree: FakeTree
let nowMs = 0
let source: GpuSource | undefined
beforeEach(() => {
  tree = new FakeTree()
  tree.process(1, 0)
  tree.process(20, 1)
  nowMs = 0
})
afterEach(async () => {
  await source?.stop()
  source = undefined
  tree[Symbol.dispose]()
})

/** A program that answers to the two queries as nvidia-smi does, and then goes on without a word. */
async function start({ gpu, apps = '' }: { gpu: string; apps?: string }): Promise<GpuSource> {
  const program = join(tree.root, 'nvidia-smi')
  tree.write(
    'nvidia-smi',
    `#!/bin/sh\necho "$$" >>"${tree.root}/pids"\ncase "$1" in\n--query-gpu=*) ${gpu} ;;\n*) ${apps || ':'} ;;\nesac\nexec sleep 600\n`,
  )
  chmodSync(program, 0o755)
  return startProgram(program)
}

async function startProgram(nvidiaSmi: string): Promise<GpuSource> {
  const trees = new ProcessTrees({ procRoot: tree.procRoot, suiteRoot: 1, ticksPerSecond: 100 })
  trees.follow(measured([20]), { atMs: 0, complete: true })
  source = gpuSource({ procRoot: tree.procRoot, nvidiaSmi, trees, nowMs: () => nowMs })
  await source.ready
  return source
}

const sample = (of: GpuSource, complete = true): Sample => of.sample({ atMs: nowMs, complete })
const reasonOf = (of: GpuSource, metric: 'gpuUsedBytes' | 'gpuEngineBytes'): string => {
  const value = sample(of)[metric]
  return value?.state === 'absent' ? value.reason : 'measured'
}

describe('a line of a device', () => {
  test('what is not supported is absent, never 0', () => {
    const device = parseDevice('1, 0, [N/A], [N/A], [Not Supported], 41, [N/A], 306, [Unknown Error]')
    expect(combine(device === undefined ? [] : [device])).toEqual({
      gpuUsedBytes: absent('nvidia-smi says [N/A]'),
      gpuTotalBytes: absent('nvidia-smi says [N/A]'),
      gpuUtilisation: absent('nvidia-smi says [Not Supported]'),
      gpuTemperatureC: measured(41),
      gpuPowerW: absent('nvidia-smi says [N/A]'),
      gpuClockMhz: measured(306),
      gpuThrottled: absent('nvidia-smi says [Unknown Error]'),
    })
    expect(parseCell('')).toEqual(absent('nvidia-smi says nothing'))
  })

  test('clocks lowered by heat or power are throttling; idle and application clocks are not', () => {
    const throttled = (mask: string) => {
      const device = parseDevice(`1, 0, 1, 2, 3, 4, 5, 6, ${mask}`)
      return device && combine([device]).gpuThrottled
    }
    for (const mask of ['0x0000000000000004', '0x0000000000000008', '0x20', '0x40', '0x80', '0x41']) {
      expect(throttled(mask), mask).toEqual(measured(1))
    }
    for (const mask of ['0x0000000000000000', '0x1', '0x2', '0x10', '0x100'])
      expect(throttled(mask), mask).toEqual(measured(0))
  })

  test('messages of the driver are no readings', () => {
    expect(
      parseDevice('NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'),
    ).toBeUndefined()
  })
})

describe('processes of the GPU', () => {
  test('those of the engine are summed over devices; one that is not listed any more holds nothing', () => {
    const processes = new GpuProcesses()
    for (const line of ['20, GPU-a, 100', '20, GPU-b, 10', '21, GPU-a, 5', '99, GPU-a, 900']) processes.take(line, 0)
    expect(processes.bytesOf([20, 21], 1000, false)).toEqual(measured(115 * MIB))
    processes.take('20, GPU-a, 70', 2000)
    expect(processes.bytesOf([20, 21], 2600, false)).toEqual(measured(70 * MIB))
    expect(processes.bytesOf([20, 21], 9000, true)).toEqual(measured(0))
    expect(processes.bytesOf([20, 21], 9000, false)).toMatchObject({ state: 'absent', reason: /--pid=host/ })
  })

  test('a process whose memory is not told makes the sum unknown', () => {
    const processes = new GpuProcesses()
    expect([processes.take('20, GPU-a, [N/A]', 0), processes.take('No running processes', 0)]).toEqual([true, false])
    expect(processes.bytesOf([20], 0, true)).toEqual(absent('nvidia-smi says [N/A]'))
  })
})

describe('streaming', () => {
  test('several GPUs are taken together, in one sample a reading', async () => {
    const second = '2, 1, 1024, 12227, 13, 80, 50.49, 1000, 0x0000000000000020'
    const gpu = await start({ gpu: `printf '%s\\n' '${deviceLine.replace('1, 0', '2, 0')}' '${second}'` })
    expect(sample(gpu, false)).toMatchObject({
      gpuUsedBytes: measured(11_264 * MIB),
      gpuTotalBytes: measured(24_454 * MIB),
      gpuUtilisation: measured(0.5),
      gpuTemperatureC: measured(80),
      gpuPowerW: measured(300),
      gpuClockMhz: measured(1000),
      gpuThrottled: measured(1),
    })
    expect(sample(gpu, false)).toEqual({})
    nowMs = 3500
    expect(reasonOf(gpu, 'gpuUsedBytes')).toBe('nvidia-smi has printed no complete reading for 3500 ms')
  })

  test("the engine's processes", async () => {
    const gpu = await start({ gpu: `echo '${deviceLine}'`, apps: `printf '%s\\n' '20, GPU-a, 7000' '5, GPU-a, 900'` })
    await expect.poll(() => sample(gpu).gpuEngineBytes).toEqual(measured(7000 * MIB))
  })

  test('an engine that is not listed holds nothing on the host, and who knows what in a container', async () => {
    const inContainer = await start({ gpu: `echo '${deviceLine}'` })
    expect(reasonOf(inContainer, 'gpuEngineBytes')).toMatch(/--pid=host/)
    await inContainer.stop()
    tree.link('proc/self/ns/pid', 'pid:[4026531836]')
    const onHost = await start({ gpu: `echo '${deviceLine}'` })
    expect(reasonOf(onHost, 'gpuEngineBytes')).toMatch(/lists no process/)
    nowMs = 2600
    expect(sample(onHost).gpuEngineBytes).toEqual(measured(0))
  })

  test('drivers before 535 know the throttle reasons by another name', async () => {
    const old = `case "$1" in *clocks_event*) echo 'Field "clocks_event_reasons.active" is not a valid field to query.'; exit 2;; *) echo '${deviceLine}';; esac`
    const gpu = await start({ gpu: old })
    expect(sample(gpu)).toMatchObject({ gpuUsedBytes: measured(10_240 * MIB), gpuThrottled: measured(0) })
  })

  test('no such program, and a driver that fails: absent with the reason', async () => {
    const none = await startProgram('no-such-nvidia-smi')
    expect(reasonOf(none, 'gpuUsedBytes')).toBe(
      'no NVIDIA GPU that can be asked: the program no-such-nvidia-smi was not found',
    )
    expect(reasonOf(none, 'gpuEngineBytes')).toBe(reasonOf(none, 'gpuUsedBytes'))
    await none.stop()
    const broken = await start({ gpu: `echo 'NVIDIA-SMI has failed'; exit 9` })
    expect(reasonOf(broken, 'gpuUsedBytes')).toMatch(/nvidia-smi ended with code 9: NVIDIA-SMI has failed$/)
  })

  test('both programs are gone after stop', async () => {
    const gpu = await start({ gpu: `echo '${deviceLine}'` })
    const pids = () => readFileSync(join(tree.root, 'pids'), 'utf8').trim().split('\n').map(Number)
    await expect.poll(() => pids().length).toBe(2)
    expect(pids().every(pid => isAlive(pid))).toBe(true)
    await gpu.stop()
    expect(pids().some(pid => isAlive(pid))).toBe(false)
  })
})
