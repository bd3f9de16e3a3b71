import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BadInputError, RecordingError } from '../errors.ts'
import { measured } from '../measured.ts'
import { isAlive } from '../processes/index.ts'
import { recordedNvidiaSmi } from './fake-program.ts'
import { FakeTree } from './fake-tree.ts'
import { type Metric, memoryDomain, metricKinds, type Reading, type SeriesLine, startSampler } from './index.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url))

let folder: FakeTree
let seriesFile: string
const children: ChildProcess[] = []
beforeEach(() => {
  folder = new FakeTree()
  seriesFile = join(folder.root, 'out', 'series.jsonl')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  folder[Symbol.dispose]()
})

/** A process to follow, and a way to give it orders. */
function startEngine(): { pid: number; order(line: string): Promise<void> } {
  const child = spawn(process.execPath, [fixture('engine-process')], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  return {
    pid: child.pid ?? 0,
    async order(line) {
      const answered = once(child.stdout, 'data')
      child.stdin.write(`${line}\n`)
      await answered
    },
  }
}

const sampler = () => startSampler({ seriesFile, suiteRoot: process.pid, nvidiaSmi: 'no-such-nvidia-smi' })

const numberOf = (reading: Reading, metric: Metric): number => {
  const value = reading.metrics[metric]
  if (value.state === 'absent') throw new Error(`${metric}: ${value.reason}`)
  return value.value
}

const seriesLines = (): SeriesLine[] =>
  readFileSync(seriesFile, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

describe('on this machine', () => {
  test('200 MiB more in the engine are 200 MiB more in RSS and PSS', async () => {
    await using sampling = await sampler()
    const engine = startEngine()
    await engine.order('ready?')
    await sampling.follow({ roots: measured([engine.pid]), queue: null })
    const before = await sampling.read()
    await engine.order('allocate 200')
    const after = await sampling.read()
    for (const metric of ['engineRssBytes', 'enginePssBytes'] as const) {
      const grownMib = (numberOf(after, metric) - numberOf(before, metric)) / 2 ** 20
      // The runtime's own heap and the pages of code it comes to use: a few MiB, either way.
      expect(grownMib, metric).toBeGreaterThan(200 - 16)
      expect(grownMib, metric).toBeLessThan(200 + 16)
    }
    expect(await sampling.window('engineRssBytes', before.atMs, after.atMs)).toMatchObject({
      state: 'measured',
      value: { first: numberOf(before, 'engineRssBytes'), last: numberOf(after, 'engineRssBytes') },
    })
  })

  test("the time of the engine's child stays when it ends, and the counter never falls", async () => {
    await using sampling = await sampler()
    const engine = startEngine()
    await engine.order('ready?')
    await sampling.follow({ roots: measured([engine.pid]), queue: null })
    const before = await sampling.read()
    for (let i = 0; i < 2; i++) await engine.order('burn 300')
    const after = await sampling.read()
    // Two ticks of the kernel's clock short, at most, for each child.
    expect(numberOf(after, 'engineCpuMs') - numberOf(before, 'engineCpuMs')).toBeGreaterThanOrEqual(2 * 300 - 40)
    const values = (await sampling.points('engineCpuMs', before.atMs, after.atMs, 1e6)).map(({ value }) => value)
    expect(values).toEqual(values.toSorted((a, b) => a - b))
    expect(numberOf(after, 'engineProcesses')).toBe(1)
  })

  test('a reading has every metric: a number, or why there is none', async () => {
    await using sampling = await sampler()
    const { metrics } = await sampling.read()
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(metricKinds).sort())
    for (const [metric, value] of Object.entries(metrics)) {
      if (value.state === 'measured') expect(value.value, metric).toBeTypeOf('number')
      else expect(value.reason, metric).not.toMatch(/^$|not read at this instant/)
    }
    expect(metrics.ramTotalBytes).toMatchObject({ state: 'measured' })
    expect(metrics.suiteCpuMs).toMatchObject({ state: 'measured' })
  })

  test('a window without samples is absent, with the reason of the metric', async () => {
    await using sampling = await sampler()
    expect(await sampling.window('engineRssBytes', 0, 1e12)).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('no engine is followed yet'),
    })
  })
})

describe('through systeminformation, as on macOS and Windows', () => {
  const MIB = 2 ** 20
  const started = () =>
    startSampler({ seriesFile, suiteRoot: process.pid, nvidiaSmi: 'no-such-nvidia-smi', readFrom: 'systeminformation' })

  const kibibytesIn = (path: string, key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(readFileSync(path, 'utf8'))?.[1])

  test("the engine's memory is that of /proc", async () => {
    await using sampling = await started()
    const engine = startEngine()
    await engine.order('ready?')
    await sampling.follow({ roots: measured([engine.pid]), queue: null })
    const before = await sampling.read()
    await engine.order('allocate 200')
    const after = await sampling.read()
    // The kernel keeps a part of the count per CPU, up to some dozen pages; the process itself may move a little between.
    const pages = 256
    const procBytes = kibibytesIn(`/proc/${engine.pid}/status`, 'VmRSS') * 1024
    expect(Math.abs(numberOf(after, 'engineRssBytes') - procBytes)).toBeLessThanOrEqual(pages * 4096)
    const grownMib = (numberOf(after, 'engineRssBytes') - numberOf(before, 'engineRssBytes')) / MIB
    expect(Math.abs(grownMib - 200)).toBeLessThan(16)
    expect(numberOf(after, 'engineProcesses')).toBe(1)
    expect(after.metrics.engineCpuMs).toMatchObject({ state: 'absent' })
    expect(memoryDomain(after)).toMatchObject({ value: { domain: 'host memory of the engine (RSS)' } })
    const window = await sampling.window('engineRssBytes', before.atMs, after.atMs)
    expect(window).toMatchObject({ state: 'measured', value: { last: numberOf(after, 'engineRssBytes') } })
  })

  test('RAM, swap and CPU are those of /proc, and every metric has a number or a reason', async () => {
    await using sampling = await started()
    const availableNow = () => kibibytesIn('/proc/meminfo', 'MemAvailable') * 1024
    const availableBefore = availableNow()
    const reading = await sampling.read()
    expect(numberOf(reading, 'ramTotalBytes')).toBe(kibibytesIn('/proc/meminfo', 'MemTotal') * 1024)
    // Other processes of this machine come and go between the looks.
    const available = [availableBefore, availableNow()]
    expect(numberOf(reading, 'ramAvailableBytes')).toBeGreaterThan(Math.min(...available) - 256 * MIB)
    expect(numberOf(reading, 'ramAvailableBytes')).toBeLessThan(Math.max(...available) + 256 * MIB)
    const swap = kibibytesIn('/proc/meminfo', 'SwapTotal') - kibibytesIn('/proc/meminfo', 'SwapFree')
    expect(Math.abs(numberOf(reading, 'swapUsedBytes') - swap * 1024)).toBeLessThan(64 * MIB)
    const ticks = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/\s+/).slice(1).map(Number) ?? []
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = ticks
    const busyMs = 10 * (user + nice + system + irq + softirq)
    // The runtime leaves out the time of soft interrupts.
    expect(numberOf(reading, 'cpuBusyMs')).toBeLessThanOrEqual(busyMs)
    expect(numberOf(reading, 'cpuBusyMs')).toBeGreaterThan(busyMs * 0.9)
    expect(Object.keys(reading.metrics).sort()).toEqual(Object.keys(metricKinds).sort())
    for (const [metric, value] of Object.entries(reading.metrics)) {
      if (value.state === 'absent') expect(value.reason, metric).not.toMatch(/^$|not read at this instant/)
    }
    expect(await sampling.gpus()).toMatchObject({ state: 'absent' })
  })
})

describe('the file', () => {
  test('has what the window has, in order of time', async () => {
    const sampling = await sampler()
    const first = await sampling.read()
    const last = await sampling.read()
    const points = await sampling.points('ramUsedBytes', 0, Number.POSITIVE_INFINITY, 1e6)
    await sampling.stop()
    const [header, ...rest] = seriesLines()
    expect(header).toMatchObject({
      schema: 1,
      anchor: { iso: expect.stringMatching(/^\d{4}-/), atMs: expect.any(Number) },
      absent: { engineRssBytes: 'no engine is followed yet' },
    })
    const samples = rest.flatMap(line => ('v' in line ? [{ t: line.t, value: line.v.ramUsedBytes }] : []))
    const round = (atMs: number): number => Math.round(atMs * 1000) / 1000
    expect(samples.slice(0, points.length)).toEqual(points.map(({ atMs, value }) => ({ t: round(atMs), value })))
    expect(samples.map(({ t }) => t)).toEqual(expect.arrayContaining([round(first.atMs), round(last.atMs)]))
  })

  test('says when other metrics are absent than before', async () => {
    const sampling = await sampler()
    await sampling.follow({ roots: measured([process.pid]), queue: null })
    await sampling.read()
    await sampling.stop()
    const changes = seriesLines().flatMap(line => ('absent' in line && 't' in line ? [line.absent] : []))
    expect(changes[0]).not.toHaveProperty('engineRssBytes')
    expect(changes[0]).toHaveProperty('gpuUsedBytes')
  })

  test('a full disk is told once, and sampling goes on in memory', async () => {
    await using sampling = await startSampler({
      seriesFile: '/dev/full',
      suiteRoot: process.pid,
      nvidiaSmi: 'no-such-nvidia-smi',
    })
    const failed = sampling.read()
    await expect(failed).rejects.toThrow(RecordingError)
    await expect(failed).rejects.toThrow(/Writing the samples to \/dev\/full failed: ENOSPC/)
    const reading = await sampling.read()
    expect(await sampling.window('ramUsedBytes', reading.atMs, reading.atMs)).toMatchObject({ state: 'measured' })
  })

  test('a folder that cannot be made is told the same way', async () => {
    folder.write('out', 'a file')
    const sampling = await sampler()
    await expect(sampling.stop()).rejects.toThrow(RecordingError)
  })
})

describe('nothing is left', () => {
  /** A GPU program that prints what was recorded, notes its pid and stays. */
  function fakeNvidiaSmi(): { program: string; pids(): number[] } {
    const noted = join(folder.root, 'pids')
    return {
      program: recordedNvidiaSmi(folder, 'nvidia-smi-h100-mig.txt'),
      pids: () => (existsSync(noted) ? readFileSync(noted, 'utf8').trim().split('\n').map(Number) : []),
    }
  }

  test('after stop: no child, no answers', async () => {
    const { program, pids } = fakeNvidiaSmi()
    const sampling = await startSampler({ seriesFile, suiteRoot: process.pid, nvidiaSmi: program })
    await expect.poll(() => pids().length).toBe(2)
    expect((await sampling.read()).metrics.gpuUsedBytes).toEqual(measured(11_125 * 2 ** 20))
    expect(await sampling.gpus()).toMatchObject({
      value: [{ name: 'NVIDIA H100 80GB HBM3', powerW: measured(433.78) }],
    })
    await sampling.stop()
    await sampling.stop()
    expect(pids().map(pid => isAlive(pid))).toEqual([false, false])
    await expect(sampling.read()).rejects.toThrow('The sampler was asked to read after it was stopped.')
    expect(process.getActiveResourcesInfo()).not.toContain('Worker')
  })

  test('a process that forgets to stop its sampler ends all the same', async () => {
    const { program, pids } = fakeNvidiaSmi()
    const child = spawn(process.execPath, [fixture('sampling-process'), seriesFile, program], { stdio: 'inherit' })
    children.push(child)
    expect(await once(child, 'exit')).toEqual([0, null])
    await expect.poll(() => pids().map(pid => isAlive(pid))).toEqual([false, false])
  })

  test('when the process is killed', async () => {
    const { program, pids } = fakeNvidiaSmi()
    const child = spawn(process.execPath, [fixture('sampling-process'), seriesFile, program, 'stay'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    await once(child.stdout, 'data')
    await expect.poll(() => pids().map(pid => isAlive(pid))).toEqual([true, true])
    child.kill('SIGKILL')
    await expect.poll(() => pids().map(pid => isAlive(pid))).toEqual([false, false])
  })

  test('when the parent of the process is gone', async () => {
    const { program, pids } = fakeNvidiaSmi()
    const child = fork(fixture('sampling-process'), [seriesFile, program, 'stay'], { silent: true })
    children.push(child)
    if (child.stdout) await once(child.stdout, 'data')
    await expect.poll(() => pids().map(pid => isAlive(pid))).toEqual([true, true])
    child.disconnect()
    await expect.poll(() => pids().map(pid => isAlive(pid))).toEqual([false, false])
    expect(isAlive(child.pid ?? 0)).toBe(true)
  })
})

test('a rate that the sources are not made for is refused', async () => {
  await expect(startSampler({ seriesFile, suiteRoot: process.pid, hz: 50 })).rejects.toThrow(BadInputError)
})
