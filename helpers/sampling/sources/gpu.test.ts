import { describe, expect, test } from 'vitest'
import { absent, type Measured, measured } from '../../measured.ts'
import { gpuSource } from './gpu.ts'
import type { GpuDevice } from './gpu-device.ts'
import type { GpuReader } from './gpu-reader.ts'

const device = (name: string): GpuDevice => ({
  index: 0,
  name,
  sharesRam: false,
  usedBytes: measured(3),
  totalBytes: measured(8),
  utilisation: measured(0.5),
  temperatureC: measured(60),
  powerW: measured(100),
  clockMhz: measured(1500),
  throttledBy: measured(['heat']),
})

/** A reader that has its readings from the test. */
function reader(name: string, state: { atMs: number | null }, bytes = 1): GpuReader {
  return {
    ready: Promise.resolve(),
    read: () =>
      state.atMs === null ? absent(`${name} is not there`) : measured({ atMs: state.atMs, devices: [device(name)] }),
    bytesOf: pids => measured(bytes * pids.length),
    stop: () => Promise.resolve(),
  }
}

const trees = (enginePids: Measured<readonly number[]>) => ({ enginePids })

describe('the machine’s GPUs', () => {
  test('a reading is one sample; the engine is asked once a second', () => {
    const state = { atMs: 0 }
    const source = gpuSource([reader('a', state)], trees(measured([20, 21])))
    expect(source.sample({ atMs: 0, complete: false })).toEqual({
      gpuUsedBytes: measured(3),
      gpuTotalBytes: measured(8),
      gpuSharesRam: measured(0),
      gpuUtilisation: measured(0.5),
      gpuTemperatureC: measured(60),
      gpuPowerW: measured(100),
      gpuClockMhz: measured(1500),
      gpuThrottled: measured(1),
      gpuEngineBytes: measured(2),
    })
    expect(source.sample({ atMs: 100, complete: false })).toEqual({})
    state.atMs = 200
    const next = source.sample({ atMs: 200, complete: false })
    expect(next).toMatchObject({ gpuUsedBytes: measured(3) })
    expect(next).not.toHaveProperty('gpuEngineBytes')
    expect(Object.keys(source.sample({ atMs: 210, complete: true }))).toHaveLength(9)
  })

  test('the first reader that sees one is the machine’s, also when it fails later', () => {
    const first = { atMs: null as number | null }
    const source = gpuSource(
      [reader('none', { atMs: null }), reader('first', first), reader('second', { atMs: 0 })],
      trees(measured([1])),
    )
    first.atMs = 0
    expect(source.devices(0)).toMatchObject({ value: [{ name: 'first' }] })
    first.atMs = null
    expect(source.devices(100)).toEqual(absent('first is not there'))
  })

  test('without any, every reader says why; an engine that is not here has its own reason', () => {
    const none = [reader('a', { atMs: null }), reader('b', { atMs: null })]
    const sampled = gpuSource(none, trees(absent('the engine is remote'))).sample({ atMs: 0, complete: true })
    expect(sampled.gpuUsedBytes).toEqual(absent('a is not there; b is not there'))
    expect(sampled.gpuEngineBytes).toEqual(absent('the engine is remote'))
    expect(gpuSource(none, trees(measured([1]))).sample({ atMs: 0, complete: true }).gpuEngineBytes).toEqual(
      absent('a is not there; b is not there'),
    )
  })
})
