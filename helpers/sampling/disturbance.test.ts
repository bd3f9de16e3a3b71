import { describe, expect, test } from 'vitest'
import { absent, type Measured, measured } from '../measured.ts'
import {
  disturbanceBetween,
  engineMemoryLines,
  freeMemory,
  type Metric,
  memoryDomain,
  metricKinds,
  metricOfDomain,
  type Reading,
} from './index.ts'

function reading(atMs: number, values: Partial<Record<Metric, number>>): Reading {
  const metrics = Object.fromEntries(
    Object.keys(metricKinds).map(metric => {
      const value = values[metric as Metric]
      return [metric, value === undefined ? absent(`no ${metric} here`) : measured(value)]
    }),
  )
  return { atMs, metrics: metrics as Record<Metric, Measured> }
}

const quiet = { cpuBusyMs: 0, engineCpuMs: 0, suiteCpuMs: 0, cpuStealMs: 0, swapInBytes: 0, swapOutBytes: 0, engineSwapBytes: 0, cpuThrottleCount: 3 } // biome-ignore format: one machine

describe('disturbanceBetween', () => {
  test('what is left of the busy time belongs to others, as a share of all cores', () => {
    const after = { ...quiet, cpuBusyMs: 3000, engineCpuMs: 1500, suiteCpuMs: 500, cpuStealMs: 200 }
    expect(disturbanceBetween(reading(0, quiet), reading(1000, after), 4)).toEqual({
      foreignCpu: measured(0.25),
      steal: measured(0.05),
      foreignSwapBytes: measured(0),
      throttled: measured(0),
    })
  })

  test('never below nothing', () => {
    const after = { ...quiet, cpuBusyMs: 100, engineCpuMs: 120 }
    expect(disturbanceBetween(reading(0, quiet), reading(1000, after), 1).foreignCpu).toEqual(measured(0))
  })

  test('swapping is foreign while the engine has the same in swap, and unknown when it has not', () => {
    const traffic = { ...quiet, swapInBytes: 100, swapOutBytes: 40 }
    const between = (before: object, after: object) =>
      disturbanceBetween(reading(0, { ...quiet, ...before }), reading(1000, { ...traffic, ...after }), 1)
        .foreignSwapBytes
    expect(between({}, {})).toEqual(measured(140))
    expect(between({ engineSwapBytes: 8 }, { engineSwapBytes: 8 })).toEqual(measured(140))
    expect(between({}, { engineSwapBytes: 4096 })).toMatchObject({ state: 'absent', reason: /told apart/ })
    expect(between({ engineSwapBytes: undefined }, {})).toEqual(absent('no engineSwapBytes here'))
  })

  test('throttling: events of the CPU first, then seconds of the GPU', () => {
    const throttled = (before: object, after: object, mean?: number) =>
      disturbanceBetween(
        reading(0, { ...quiet, ...before }),
        reading(10_000, { ...quiet, ...after }),
        1,
        mean === undefined ? undefined : measured({ n: 9, first: 0, last: 0, min: 0, max: 1, mean, delta: 0 }),
      ).throttled
    expect(throttled({}, { cpuThrottleCount: 5, gpuThrottled: 1 })).toEqual(measured(2))
    expect(throttled({ gpuThrottled: 0 }, { gpuThrottled: 1 })).toEqual(measured(5))
    expect(throttled({ gpuThrottled: 0 }, { gpuThrottled: 0 }, 0.3)).toEqual(measured(3))
    expect(throttled({ cpuThrottleCount: undefined }, {})).toEqual(absent('no cpuThrottleCount here'))
  })

  test('an unknown input makes the answer unknown, with its reason', () => {
    const { foreignCpu, steal } = disturbanceBetween(reading(0, quiet), reading(1000, { cpuBusyMs: 5 }), 1)
    expect([foreignCpu, steal]).toEqual([absent('no engineCpuMs here'), absent('no cpuStealMs here')])
    expect(disturbanceBetween(reading(5, quiet), reading(5, quiet), 1).foreignCpu.state).toBe('absent')
  })
})

describe('memoryDomain', () => {
  const choose = (values: Partial<Record<Metric, number>>) => {
    const chosen = memoryDomain(reading(0, values))
    return chosen.state === 'measured' ? chosen.value.metric : chosen.reason
  }

  test('the closest to the engine that can be seen, and of host memory the one that others do not move', () => {
    const host = { engineProcesses: 1, enginePssBytes: 3, engineRssBytes: 4 }
    expect(choose({ gpuEngineBytes: 1, gpuUsedBytes: 2, ...host })).toBe('gpuEngineBytes')
    expect(choose({ gpuUsedBytes: 2, ...host })).toBe('gpuUsedBytes')
    expect(choose(host)).toBe('engineRssBytes')
    expect(choose({ engineProcesses: 1, enginePssBytes: 3 })).toBe('enginePssBytes')
  })

  test('host memory for an engine that holds nothing of the GPU', () => {
    expect(choose({ engineProcesses: 1, gpuEngineBytes: 0, gpuUsedBytes: 2, engineRssBytes: 3 })).toBe('engineRssBytes')
  })

  test('host memory for an engine whose GPU memory never changes', () => {
    const values = { engineProcesses: 1, gpuEngineBytes: 5, gpuUsedBytes: 6, engineRssBytes: 3 }
    const chosen = memoryDomain(reading(0, values), 'it takes its share at the start')
    expect(chosen).toMatchObject({ value: { metric: 'engineRssBytes' } })
  })

  test('none for an engine that is elsewhere, whatever the GPU here holds', () => {
    expect(choose({ gpuUsedBytes: 2 })).toBe('no engineProcesses here')
  })

  test('a GPU that uses the machine’s RAM: what its tool tells of the engine, else host memory, and the domain says so', () => {
    const shared = { engineProcesses: 1, gpuSharesRam: 1, engineRssBytes: 3 }
    expect(choose({ ...shared, gpuEngineBytes: 1 })).toBe('gpuEngineBytes')
    const domain = 'host memory of the engine (RSS), whose RAM its GPU shares'
    expect(memoryDomain(reading(0, shared))).toEqual(measured({ domain, metric: 'engineRssBytes' }))
    expect(metricOfDomain(domain)).toBe('engineRssBytes')
    const onCpu = memoryDomain(reading(0, { ...shared, gpuEngineBytes: 0 }))
    expect(onCpu).toMatchObject({ value: { domain: 'host memory of the engine (RSS)' } })
  })

  test('the reasons when there is none', () => {
    expect(choose({ engineProcesses: 1 })).toContain('no engineRssBytes here')
  })
})

test('room to grow: the GPU’s where its memory is there, the machine’s where the GPU shares it', () => {
  const memory = { gpuTotalBytes: 8, gpuUsedBytes: 5, ramAvailableBytes: 100 }
  expect(freeMemory(reading(0, { ...memory, gpuSharesRam: 0 }), 'gpuEngineBytes')).toEqual(measured(3))
  expect(freeMemory(reading(0, { gpuSharesRam: 1, ramAvailableBytes: 100 }), 'gpuEngineBytes')).toEqual(measured(100))
  expect(freeMemory(reading(0, memory), 'engineRssBytes')).toEqual(measured(100))
})

test('what is seen of a process, for people', () => {
  const seen = reading(0, { engineProcesses: 2, gpuSharesRam: 1, engineRssBytes: 2 ** 30 })
  expect(engineMemoryLines(seen)).toEqual([
    'processes          2',
    'GPU memory         not told: no gpuEngineBytes here',
    'host memory (RSS)  1.00 GiB',
    'judged on          host memory of the engine (RSS), whose RAM its GPU shares',
  ])
})
