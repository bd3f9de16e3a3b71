import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { absent, measured } from '../../measured.ts'
import { isAlive } from '../../processes/index.ts'
import { fakeProgram, projection, recordedNvidiaSmi, recording } from '../fake-program.ts'
import { FakeTree } from '../fake-tree.ts'
import { combine, type GpuDevice } from './gpu-device.ts'
import type { GpuReader } from './gpu-reader.ts'
import { nvidiaReader } from './nvidia.ts'
import { parseCell, parseDevice } from './nvidia-devices.ts'
import { NvidiaProcesses } from './nvidia-processes.ts'

const MIB = 2 ** 20
const h100 = 'nvidia-smi-h100-mig.txt'

let tree: FakeTree
let nowMs = 0
let reader: GpuReader | undefined
beforeEach(() => {
  tree = new FakeTree()
  nowMs = 0
})
afterEach(async () => {
  await reader?.stop()
  reader = undefined
  tree[Symbol.dispose]()
})

async function start(nvidiaSmi: string): Promise<GpuReader> {
  reader = nvidiaReader({ procRoot: tree.procRoot, nvidiaSmi, nowMs: () => nowMs })
  await reader.ready
  return reader
}

function devices(of: GpuReader): readonly GpuDevice[] {
  const reading = of.read(nowMs)
  if (reading.state === 'absent') throw new Error(reading.reason)
  return reading.value.devices
}

const reasonOf = (of: GpuReader): string => {
  const reading = of.read(nowMs)
  return reading.state === 'absent' ? reading.reason : 'measured'
}

describe('recorded', () => {
  test('an H100 with MIG under load: no load is told, and its processes are listed', async () => {
    const gpu = await start(recordedNvidiaSmi(tree, h100))
    expect(devices(gpu)).toEqual([
      {
        index: 0,
        name: 'NVIDIA H100 80GB HBM3',
        sharesRam: false,
        usedBytes: measured(11_125 * MIB),
        totalBytes: measured(81_559 * MIB),
        utilisation: absent('nvidia-smi says [N/A]'),
        temperatureC: measured(53),
        powerW: measured(433.78),
        clockMhz: measured(1980),
        throttledBy: measured([]),
      },
    ])
    await expect.poll(() => gpu.bytesOf([21_180, 21_198], nowMs)).toEqual(measured((2296 + 7484) * MIB))
  })

  test('an idle H200: idling is no throttling, and 0 MiB is a number', async () => {
    expect(devices(await start(recordedNvidiaSmi(tree, 'nvidia-smi-h200-idle.txt')))).toMatchObject([
      { usedBytes: measured(0), utilisation: measured(0), clockMhz: measured(345), throttledBy: measured([]) },
    ])
  })

  test('Windows: the driver model tells no memory of a process', async () => {
    const gpu = await start(recordedNvidiaSmi(tree, 'nvidia-smi-rtx-2080-super-windows.txt'))
    expect(devices(gpu)).toMatchObject([{ usedBytes: measured(1296 * MIB), utilisation: measured(0.07) }])
    await expect.poll(() => gpu.bytesOf([25_704], nowMs)).toEqual(absent('nvidia-smi says [N/A]'))
  })

  test('four GPUs are one reading, and one of the machine', async () => {
    const gpu = await start(recordedNvidiaSmi(tree, 'nvidia-smi-4x-a10.txt', { count: '4' }))
    expect(devices(gpu).map(({ index, usedBytes }) => [index, usedBytes])).toEqual(
      [19_676, 19_638, 21_700, 18_222].map((mib, index) => [index, measured(mib * MIB)]),
    )
    expect(combine(devices(gpu))).toMatchObject({
      gpuUsedBytes: measured((19_676 + 19_638 + 21_700 + 18_222) * MIB),
      gpuTotalBytes: measured(4 * 23_028 * MIB),
      gpuSharesRam: measured(0),
      gpuTemperatureC: measured(45),
      gpuPowerW: measured(58.98 + 62.35 + 59.57 + 61.76),
      gpuThrottled: absent('nvidia-smi says [N/A]'),
    })
  })
})

// By hand, after what owners of these machines report; no recording with a known licence was found.
describe('unified memory', () => {
  const gb10 = '1, 0, NVIDIA GB10, [N/A], [N/A], 0, 35, 11.17, 2405, 0x0000000000000001'

  test('a GB10 has no memory of its own; what its processes hold is told', async () => {
    const program = `case "$1" in\n--query-gpu=*) echo '${gb10}' ;;\n*) echo '20, GPU-a, 96073' ;;\nesac`
    const gpu = await start(fakeProgram(tree, 'nvidia-smi', program))
    const reason = "NVIDIA GB10 has no memory of its own: it uses the machine's RAM (nvidia-smi says [N/A])"
    expect(combine(devices(gpu))).toMatchObject({
      gpuUsedBytes: absent(reason),
      gpuTotalBytes: absent(reason),
      gpuSharesRam: measured(1),
      gpuPowerW: measured(11.17),
    })
    await expect.poll(() => gpu.bytesOf([20], nowMs)).toEqual(measured(96_073 * MIB))
  })

  test('a card that tells no memory, or may not, is not taken for such a board', () => {
    for (const said of ['[N/A]', '[Insufficient Permissions]', '[Unknown Error]']) {
      const line = `1, 0, NVIDIA A100-SXM4-80GB, ${said}, ${said}, [N/A], 47, [N/A], [N/A], [N/A]`
      expect(parseDevice(line)?.device).toMatchObject({
        sharesRam: false,
        usedBytes: absent(`nvidia-smi says ${said}`),
      })
    }
  })
})

describe('a line of a device', () => {
  test('what is not supported is absent, never 0', () => {
    const line = '1, 0, NVIDIA T4, [N/A], [N/A], [Not Supported], 41, [N/A], 306, [Unknown Error]'
    const device = parseDevice(line)?.device
    expect(combine(device === undefined ? [] : [device])).toEqual({
      gpuUsedBytes: absent('nvidia-smi says [N/A]'),
      gpuTotalBytes: absent('nvidia-smi says [N/A]'),
      gpuSharesRam: measured(0),
      gpuUtilisation: absent('nvidia-smi says [Not Supported]'),
      gpuTemperatureC: measured(41),
      gpuPowerW: absent('nvidia-smi says [N/A]'),
      gpuClockMhz: measured(306),
      gpuThrottled: absent('nvidia-smi says [Unknown Error]'),
    })
    expect(parseCell('')).toEqual(absent('nvidia-smi says nothing'))
    expect(parseCell('N/A')).toEqual(absent('nvidia-smi says N/A'))
  })

  test.for([
    ['0x0000000000000004', ['power']],
    ['0x0000000000000008', ['power or heat']],
    ['0x20', ['heat']],
    ['0x48', ['heat']],
    ['0x88', ['power']],
    ['0x41', ['heat']],
    ['0x24', ['power', 'heat']],
    ['0x0000000000000000', []],
    ['0x1', []],
    ['0x2', []],
    ['0x10', []],
    ['0x100', []],
  ] as const)('clocks event reasons %s', ([mask, causes]) => {
    const device = parseDevice(`1, 0, T4, 1, 2, 3, 4, 5, 6, ${mask}`)?.device
    expect(device?.throttledBy).toEqual(measured(causes))
    expect(device && combine([device]).gpuThrottled).toEqual(measured(causes.length > 0 ? 1 : 0))
  })

  test('messages of the driver are no readings', () => {
    const message = 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'
    expect(parseDevice(message)).toBeUndefined()
  })
})

describe('processes of the GPU', () => {
  test('those of the engine are summed over devices; one that is not listed any more holds nothing', () => {
    const processes = new NvidiaProcesses()
    for (const line of ['20, GPU-a, 100', '20, GPU-b, 10', '21, GPU-a, 5', '99, GPU-a, 900']) processes.take(line, 0)
    expect(processes.bytesOf([20, 21], 1000, false)).toEqual(measured(115 * MIB))
    processes.take('20, GPU-a, 70', 2000)
    expect(processes.bytesOf([20, 21], 2600, false)).toEqual(measured(70 * MIB))
    expect(processes.bytesOf([20, 21], 9000, true)).toEqual(measured(0))
    expect(processes.bytesOf([20, 21], 9000, false)).toMatchObject({ state: 'absent', reason: /--pid=host/ })
  })

  test('a process whose memory is not told makes the sum unknown', () => {
    const processes = new NvidiaProcesses()
    expect([processes.take('20, GPU-a, [N/A]', 0), processes.take('No running processes', 0)]).toEqual([true, false])
    expect(processes.bytesOf([20], 0, true)).toEqual(absent('nvidia-smi says [N/A]'))
  })
})

describe('streaming', () => {
  test('a program that falls silent tells nothing any more', async () => {
    const gpu = await start(recordedNvidiaSmi(tree, h100))
    nowMs = 3500
    expect(reasonOf(gpu)).toBe('nvidia-smi has printed no complete reading for 3500 ms')
  })

  test('an engine that is not listed holds nothing on the host, and who knows what in a container', async () => {
    const inContainer = await start(recordedNvidiaSmi(tree, h100))
    expect(inContainer.bytesOf([5], nowMs)).toMatchObject({ reason: expect.stringMatching(/--pid=host/) })
    await inContainer.stop()
    tree.link('proc/self/ns/pid', 'pid:[4026531836]')
    const onHost = await start(recordedNvidiaSmi(tree, h100))
    expect(onHost.bytesOf([5], nowMs)).toMatchObject({ reason: expect.stringMatching(/lists no process/) })
    nowMs = 2600
    expect(onHost.bytesOf([5], nowMs)).toEqual(measured(0))
  })

  test('drivers before 535 know the throttle reasons by another name', async () => {
    const line = projection(recording(h100), '--query-gpu').trim()
    const refusal = 'Field "clocks_event_reasons.active" is not a valid field to query.'
    const old = `case "$1" in *clocks_event*) echo '${refusal}'; exit 2;; *) echo '${line}';; esac`
    expect(devices(await start(fakeProgram(tree, 'nvidia-smi', old)))).toMatchObject([{ throttledBy: measured([]) }])
  })

  test('no such program, and a driver that fails: absent with the reason', async () => {
    const none = await start('no-such-nvidia-smi')
    expect(reasonOf(none)).toBe('no NVIDIA GPU that can be asked: the program no-such-nvidia-smi was not found')
    expect(none.bytesOf([1], nowMs)).toEqual(absent(reasonOf(none)))
    await none.stop()
    const broken = await start(fakeProgram(tree, 'nvidia-smi', "echo 'NVIDIA-SMI has failed'; exit 9"))
    expect(reasonOf(broken)).toMatch(/nvidia-smi ended with code 9: NVIDIA-SMI has failed$/)
  })

  test('both programs are gone after stop', async () => {
    const gpu = await start(recordedNvidiaSmi(tree, h100))
    const pids = () => readFileSync(join(tree.root, 'pids'), 'utf8').trim().split('\n').map(Number)
    await expect.poll(() => pids().length).toBe(2)
    expect(pids().every(pid => isAlive(pid))).toBe(true)
    await gpu.stop()
    expect(pids().some(pid => isAlive(pid))).toBe(false)
  })
})
