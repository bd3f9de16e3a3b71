import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { isAlive } from '../../processes/index.ts'
import { readMemory } from '../../processes/process-memory.ts'
import { availableMemory } from '../headroom.ts'
import { applyMemoryPressure } from './index.ts'
import type { PressureOrder } from './pressure-protocol.ts'

const MIB = 2 ** 20
const GIB = 2 ** 30

async function held(takeBytes: number, floorBytes?: number) {
  const pressure = await applyMemoryPressure({ takeBytes, ...(floorBytes !== undefined && { floorBytes }) })
  if (pressure.state === 'absent') throw new Error(pressure.reason)
  return pressure.value
}

const rssBytes = (pid: number): number => {
  const memory = readMemory(pid)
  if (memory.state === 'absent') throw new Error(memory.reason)
  return memory.value.rssBytes
}

describe.runIf(process.platform === 'linux')('memory pressure', () => {
  test('takes what it says, is first to be killed, is limited, and is gone afterwards', async () => {
    const pressure = await held(128 * MIB)
    try {
      const { pid } = pressure
      expect(pressure.takenBytes).toBe(128 * MIB)
      expect(rssBytes(pid)).toBeGreaterThan(128 * MIB)
      expect(rssBytes(pid)).toBeLessThan(320 * MIB)
      expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim()).toBe('1000')
      expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(
        new RegExp(`^Max data size +${128 * MIB + GIB} `, 'm'),
      )
      expect(pressure.leftBytes).toBeGreaterThan(0)
      expect(pressure.lost).toBeNull()
    } finally {
      await pressure[Symbol.asyncDispose]()
    }
    expect(isAlive(pressure.pid)).toBe(false)
    expect(pressure.lost).toBeNull()
  })

  test('refuses with the arithmetic, and starts nothing', async () => {
    expect(await applyMemoryPressure({ takeBytes: availableMemory() })).toMatchObject({
      state: 'absent',
      reason: expect.stringMatching(/are available; less .* and at least .* must stay$/),
    })
    expect(await applyMemoryPressure({ leaveFreeBytes: 1e15 })).toMatchObject({ state: 'absent' })
  })

  test('its process lets go by itself when less than the floor is available, whoever took it', async () => {
    const script = fileURLToPath(new URL('./pressure-process.ts', import.meta.url))
    const child = fork(script, { execArgv: ['--disable-warning=ExperimentalWarning'] })
    const told = once(child, 'message')
    const ended = once(child, 'exit')
    child.send({ takeBytes: 64 * MIB, floorBytes: 1e15 } satisfies PressureOrder)
    expect(await told).toMatchObject([
      { type: 'let go', reason: expect.stringMatching(/^only .* of memory were available, less than the floor of/) },
      undefined,
    ])
    expect(await ended).toEqual([0, null])
  })

  test('says so when it is killed from outside', async () => {
    await using pressure = await held(16 * MIB)
    process.kill(pressure.pid, 'SIGKILL')
    await expect.poll(() => pressure.lost).toBe('its process ended with SIGKILL')
  })

  test('ends with its parent, however that ends', async () => {
    const parent = spawn(process.execPath, [fileURLToPath(new URL('./fixture-for-tests.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(parent.stdout, 'data')
    const pid = Number(line)
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await expect.poll(() => isAlive(pid)).toBe(false)
  })
})
