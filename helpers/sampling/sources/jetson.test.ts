import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { absent, type Measured, measured } from '../../measured.ts'
import { isAlive } from '../../processes/index.ts'
import { fakeProgram, recording } from '../fake-program.ts'
import { FakeTree } from '../fake-tree.ts'
import { combine, type GpuDevice } from './gpu-device.ts'
import type { GpuReader } from './gpu-reader.ts'
import { jetsonName, jetsonReader } from './jetson.ts'
import { parseNvmap } from './nvmap.ts'
import { parseTegrastats } from './tegrastats.ts'

const [busy = '', idle = ''] = recording('tegrastats-orin-nano.txt').split('\n')
const MIB = 2 ** 20
const clients = 'sys/kernel/debug/nvmap/iovmm/clients'
const board = 'NVIDIA Jetson Orin Nano Developer Kit'

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

async function start(tegrastats: string, listed: Measured = absent('nvidia-smi lists no process')): Promise<GpuReader> {
  const options = { name: board, sysRoot: tree.sysRoot, tegrastats, nowMs: () => nowMs }
  reader = jetsonReader({ ...options, listed: { bytesOf: () => listed } })
  await reader.ready
  return reader
}

const replay = (line: string): string => fakeProgram(tree, 'tegrastats', `echo '${line}'`)

function deviceOf(of: GpuReader): GpuDevice {
  const reading = of.read(nowMs)
  if (reading.state === 'absent' || reading.value.devices[0] === undefined) throw new Error('no GPU')
  return reading.value.devices[0]
}

describe('recorded lines of tegrastats', () => {
  test('an Orin Nano at work, as root: load, clock, temperature, and the rail that feeds its GPU', () => {
    expect(parseTegrastats(busy)).toEqual({
      utilisation: measured(0.63),
      clockMhz: measured(621),
      temperatureC: measured(53.343),
      powerW: measured(4.667),
    })
  })

  test('as a user the clock is not told', () => {
    expect(parseTegrastats(idle)).toEqual({
      utilisation: measured(0),
      clockMhz: absent('tegrastats tells no clock of the GPU'),
      temperatureC: measured(49.031),
      powerW: measured(0.518),
    })
  })

  test('an older board, whose rails have no unit', () => {
    expect(parseTegrastats(recording('tegrastats-tx2.txt'))).toEqual({
      utilisation: measured(0),
      clockMhz: measured(114),
      temperatureC: measured(39.5),
      powerW: measured(0.182),
    })
  })

  // By hand: Thor on JetPack 7.0 prints the clocks of its clusters alone; -256 °C is a sensor that is off.
  test('no load, and a sensor that is off, are absent and not 0', () => {
    expect(parseTegrastats('RAM 9000/125772MB (lfb 2x4MB) GR3D_FREQ @[314,1098,314] gpu@-256C')).toEqual({
      utilisation: absent('tegrastats tells no load of the GPU'),
      clockMhz: measured(1098),
      temperatureC: absent('tegrastats tells no temperature of the GPU'),
      powerW: absent('tegrastats tells no power of the GPU'),
    })
    expect(parseTegrastats('tegrastats: command line help')).toBeUndefined()
  })
})

describe('nvmap', () => {
  test('the recorded list: a process, its size, and the total', () => {
    expect(parseNvmap(recording('nvmap-clients.txt'))).toEqual({
      bytesByPid: new Map([
        [4481, 118_372 * 1024],
        [2831, 5384 * 1024],
        [1731, 18_140 * 1024],
        [1012, 0],
      ]),
      totalBytes: 141_896 * 1024,
    })
  })

  test('a further column before the size, a name with spaces, and no list at all', () => {
    const text = 'CLIENT PROCESS PID PSS SIZE\nuser my engine 1 4678 0K 76M\ntotal 64K 76M\n'
    expect(parseNvmap(text.replace('engine 1 ', 'engine '))?.bytesByPid.get(4678)).toBe(76 * MIB)
    expect(parseNvmap('')).toBeUndefined()
  })
})

describe('the board', () => {
  test('a Jetson is known by its device tree', () => {
    expect(jetsonName(tree.procRoot)).toBeUndefined()
    tree.write('proc/device-tree/model', 'Raspberry Pi 5 Model B\0')
    expect(jetsonName(tree.procRoot)).toBeUndefined()
    tree.write('proc/device-tree/model', `${board}\0`)
    expect(jetsonName(tree.procRoot)).toBe(board)
  })

  test('as root: what the GPU uses of the RAM, in all and by the engine', async () => {
    tree.write(clients, recording('nvmap-clients.txt'))
    const gpu = await start(replay(busy))
    expect(combine([deviceOf(gpu)])).toMatchObject({
      gpuUsedBytes: measured(141_896 * 1024),
      gpuTotalBytes: absent(`${board} has no memory of its own: it uses the machine's RAM`),
      gpuSharesRam: measured(1),
      gpuUtilisation: measured(0.63),
      gpuClockMhz: measured(621),
    })
    expect(gpu.bytesOf([4481, 2831, 7], nowMs)).toEqual(measured((118_372 + 5384) * 1024))
    expect(gpu.bytesOf([7], nowMs)).toEqual(measured(0))
  })

  test('as a user: the reason is told; a board whose nvidia-smi lists processes is asked for them', async () => {
    const gpu = await start(replay(busy))
    expect(deviceOf(gpu).usedBytes).toMatchObject({
      reason: expect.stringMatching(/uses the machine's RAM \(.*root only/),
    })
    expect(gpu.bytesOf([20], nowMs)).toMatchObject({ reason: expect.stringMatching(/root only/) })
    await gpu.stop()
    const thor = await start(replay(busy), measured(5 * MIB))
    expect(thor.bytesOf([20], nowMs)).toEqual(measured(5 * MIB))
  })

  test('what tegrastats leaves out comes from /sys', async () => {
    tree.write('sys/class/devfreq/17000000.gpu/cur_freq', '306000000\n')
    tree.write('sys/class/thermal/thermal_zone1/type', 'gpu-thermal\n')
    tree.write('sys/class/thermal/thermal_zone1/temp', '48500\n')
    expect(deviceOf(await start(replay(idle)))).toMatchObject({
      clockMhz: measured(306),
      temperatureC: measured(49.031),
    })
    await reader?.stop()
    const without = deviceOf(await start('no-such-tegrastats'))
    expect(without).toMatchObject({
      utilisation: absent('the program no-such-tegrastats was not found'),
      powerW: absent('the program no-such-tegrastats was not found'),
      clockMhz: measured(306),
      temperatureC: measured(48.5),
    })
  })

  test('throttling: an alert that is active is heat, over-current events that rise are power', async () => {
    expect(deviceOf(await start(replay(busy))).throttledBy).toEqual(absent('the board tells no throttling in /sys'))
    await reader?.stop()
    const cooling = (index: number, type: string, state: number): void => {
      tree.write(`sys/class/thermal/cooling_device${index}/type`, `${type}\n`)
      tree.write(`sys/class/thermal/cooling_device${index}/cur_state`, `${state}\n`)
    }
    cooling(0, 'pwm-fan', 3)
    cooling(1, 'gpu-throttle-alert', 0)
    tree.write('sys/class/hwmon/hwmon2/oc3_event_cnt', '813\n')
    const gpu = await start(replay(busy))
    expect(deviceOf(gpu).throttledBy).toEqual(measured([]))
    cooling(1, 'gpu-throttle-alert', 1)
    tree.write('sys/class/hwmon/hwmon2/oc3_event_cnt', '815\n')
    nowMs = 500
    expect(deviceOf(gpu).throttledBy).toEqual(measured(['power', 'heat']))
    nowMs = 1000
    expect(deviceOf(gpu).throttledBy).toEqual(measured(['heat']))
  })

  test('a program that falls silent tells nothing any more, and is gone after stop', async () => {
    const gpu = await start(replay(busy))
    nowMs = 4000
    expect(deviceOf(gpu).utilisation).toEqual(absent('tegrastats has printed nothing for 4000 ms'))
    const pid = Number(readFileSync(join(tree.root, 'pids'), 'utf8'))
    expect(isAlive(pid)).toBe(true)
    await gpu.stop()
    expect(isAlive(pid)).toBe(false)
  })
})
