import type { Systeminformation } from 'systeminformation'
import { afterEach, describe, expect, test } from 'vitest'
import { absent, measured } from '../../measured.ts'
import { metricKinds } from '../metrics.ts'
import type { AllSources } from './all-sources.ts'
import { listedDevices } from './listed-graphics.ts'
import { Poll } from './poll.ts'
import { portableSources } from './portable.ts'
import type { Sample } from './source.ts'

const complete = (atMs = 0) => ({ atMs, complete: true })

let machine: AllSources | undefined
afterEach(async () => {
  await machine?.stop()
  machine = undefined
})

type Entry = Pick<Systeminformation.ProcessesProcessData, 'pid' | 'parentPid' | 'memRss' | 'state'>
const entry = (pid: number, parentPid: number, memRss: number, state = 'sleeping'): Entry => ({
  pid,
  parentPid,
  memRss,
  state,
})

/** A machine whose answers are the test's. */
function start(answers: { list?: Entry[]; controllers?: object[]; platform?: NodeJS.Platform } = {}) {
  const now = { ms: 0 }
  const system = {
    mem: async () => ({ total: 8000, available: 3000, used: 7900, swapused: 500 }) as Systeminformation.MemData,
    processes: async () => ({ list: answers.list ?? [entry(1, 0, 9)] }) as Systeminformation.ProcessesData,
    graphics: async () => ({ controllers: answers.controllers ?? [], displays: [] }) as Systeminformation.GraphicsData,
  }
  machine = portableSources({ system, platform: answers.platform ?? 'darwin', nowMs: () => now.ms })
  return { machine, now }
}

const sampleOf = (of: AllSources, instant = complete()): Sample =>
  Object.assign({}, ...of.sources.map(source => source.sample(instant)))

describe('a machine without /proc', () => {
  test('every metric is a number or has a reason; RAM, swap and CPU are numbers', async () => {
    const { machine } = start()
    await machine.ready
    const sample = sampleOf(machine)
    expect(Object.keys(sample).sort()).toEqual(Object.keys(metricKinds).sort())
    expect(sample).toMatchObject({
      ramTotalBytes: measured(8000),
      ramUsedBytes: measured(5000),
      ramAvailableBytes: measured(3000),
      swapUsedBytes: measured(500),
      cpuBusyMs: measured(expect.any(Number)),
      diskReadBytes: absent('it is read on Linux only (this is darwin, read through systeminformation)'),
      engineRssBytes: absent('no engine is followed yet'),
    })
  })

  test("the engine's tree, without those that have ended", async () => {
    const { machine } = start({
      list: [entry(1, 0, 9), entry(20, 1, 100), entry(21, 20, 50), entry(22, 21, 7), entry(23, 20, 999, 'zombie')],
    })
    machine.follow(measured([20]), complete())
    await machine.refresh()
    expect(sampleOf(machine)).toMatchObject({
      engineProcesses: measured(3),
      engineRssBytes: measured(157 * 1024),
      enginePssBytes: { state: 'absent' },
      engineCpuMs: absent('systeminformation does not tell it of a process'),
    })
    machine.follow(measured([77, 23]), complete())
    await machine.refresh()
    expect(sampleOf(machine)).toMatchObject({
      engineProcesses: measured(0),
      engineRssBytes: absent('all processes of the engine have ended'),
    })
    machine.follow(absent('the engine is remote'), complete())
    expect(sampleOf(machine).engineRssBytes).toEqual(absent('the engine is remote'))
  })

  test('a list that is older than the engine is not taken for its end', async () => {
    const { machine, now } = start({ list: [entry(20, 1, 100)] })
    await machine.ready
    machine.follow(measured([20]), { atMs: 5, complete: false })
    expect(sampleOf(machine, { atMs: 6, complete: false })).not.toHaveProperty('engineProcesses')
    now.ms = 7
    await machine.refresh()
    expect(sampleOf(machine, { atMs: 8, complete: false }).engineRssBytes).toEqual(measured(100 * 1024))
    expect(sampleOf(machine, { atMs: 9, complete: false })).not.toHaveProperty('engineRssBytes')
  })

  test('Windows has no load average', async () => {
    const { machine } = start({ platform: 'win32' })
    await machine.ready
    expect(sampleOf(machine).loadAverage1).toEqual(absent('Windows has no load average'))
  })
})

// By hand, after systeminformation's types; nothing was recorded on these systems.
describe('GPUs that systeminformation lists', () => {
  const apple = { vendor: 'Apple', model: 'Apple M2 Pro', bus: 'Built-In', vram: null, vramDynamic: true, cores: 19 }
  const nvidia = {
    vendor: 'NVIDIA',
    model: 'NVIDIA GeForce RTX 2080 SUPER',
    bus: 'PCI',
    vram: 8192,
    vramDynamic: false,
    memoryTotal: 8192,
    memoryUsed: 1296,
    utilizationGpu: 7,
    temperatureGpu: 45,
    powerDraw: 97.43,
    clockCore: 2055,
  }
  const intel = { vendor: 'Intel Corporation', model: 'UHD Graphics', bus: 'PCI', vram: 128, vramDynamic: true }

  test("Apple's uses the machine's RAM", () => {
    const reason = "Apple M2 Pro has no memory of its own: it uses the machine's RAM"
    expect(listedDevices([apple])).toMatchObject([
      { sharesRam: true, usedBytes: absent(reason), utilisation: absent('systeminformation tells no load of it') },
    ])
  })

  test("NVIDIA's has what nvidia-smi told; others are left out", () => {
    expect(listedDevices([intel, nvidia])).toEqual([
      {
        index: 0,
        name: 'NVIDIA GeForce RTX 2080 SUPER',
        sharesRam: false,
        usedBytes: measured(1296 * 2 ** 20),
        totalBytes: measured(2 ** 33),
        utilisation: measured(0.07),
        temperatureC: measured(45),
        powerW: measured(97.43),
        clockMhz: measured(2055),
        throttledBy: absent('systeminformation tells no throttling'),
      },
    ])
  })

  test('in the sample, and each by itself', async () => {
    const { machine } = start({ controllers: [apple] })
    await machine.ready
    await expect.poll(() => sampleOf(machine).gpuSharesRam).toEqual(measured(1))
    expect(machine.gpus(0)).toMatchObject({ value: [{ name: 'Apple M2 Pro' }] })
    expect(sampleOf(machine).gpuEngineBytes).toEqual(absent('systeminformation tells no GPU memory of a process'))
  })
})

describe('asking again and again', () => {
  test('one question at a time; a refresh is answered after it was asked for', async () => {
    let asked = 0
    let open = 0
    let most = 0
    const poll = new Poll({
      what: 'it',
      nowMs: () => asked,
      periodMs: 1e6,
      ask: async () => {
        open += 1
        most = Math.max(most, open)
        await Promise.resolve()
        open -= 1
        asked += 1
        return asked
      },
    })
    expect(poll.latest).toEqual(absent('it has not answered yet'))
    await poll.pending
    await Promise.all([poll.refresh(), poll.refresh()])
    expect(poll.latest).toEqual(measured({ atMs: 2, value: 3 }))
    expect(most).toBe(1)
    await poll.stop()
    await poll.refresh()
    expect(asked).toBe(3)
  })

  test('a failure is the reason until it works again', async () => {
    let fails = true
    const ask = async (): Promise<number> => {
      if (fails) throw new Error('access denied')
      return 1
    }
    const poll = new Poll({ what: 'it', ask, nowMs: () => 0, periodMs: 1e6 })
    await poll.refresh()
    expect(poll.latest).toEqual(absent('it failed: access denied'))
    fails = false
    await poll.refresh()
    expect(poll.latest).toEqual(measured({ atMs: 0, value: 1 }))
    await poll.stop()
  })
})
