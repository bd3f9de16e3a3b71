import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { measured } from '../../measured.ts'
import { processIdentity } from '../../processes/index.ts'
import { FakeTree } from '../../sampling/fake-tree.ts'
import { swapConfiguration, swapInWords, switchOnSwap } from './index.ts'

const MIB = 2 ** 20

describe('the configuration of a machine', () => {
  test('areas with kind, size and priority, and swappiness', () => {
    using tree = new FakeTree({
      'proc/swaps':
        'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n' +
        '/dev/nvme0n1p3                          partition\t95420412\t204800\t\t-2\n' +
        '/dev/zram0                              partition\t1024\t\t0\t\t5\n' +
        '/var/swap\\040file                       file\t\t2048\t\t1024\t\t-3\n',
      'proc/sys/vm/swappiness': '60\n',
    })
    const found = swapConfiguration(tree.procRoot)
    expect(found).toEqual(
      measured({
        swappiness: 60,
        areas: [
          { path: '/dev/nvme0n1p3', kind: 'partition', bytes: 95_420_412 * 1024, usedBytes: 200 * MIB, priority: -2 },
          { path: '/dev/zram0', kind: 'zram', bytes: MIB, usedBytes: 0, priority: 5 },
          { path: '/var/swap file', kind: 'file', bytes: 2 * MIB, usedBytes: MIB, priority: -3 },
        ],
      }),
    )
    if (found.state === 'measured')
      expect(swapInWords(found.value)).toBe(
        'swap partition /dev/nvme0n1p3 of 91.00 GiB, zram /dev/zram0 of 1.0 MiB, swap file /var/swap file of 2.0 MiB, swappiness 60',
      )
    expect(swapInWords({ areas: [], swappiness: 10 })).toBe('no swap, swappiness 10')
  })

  test('absent without /proc', () => {
    using tree = new FakeTree()
    expect(swapConfiguration(tree.procRoot)).toMatchObject({ state: 'absent', reason: expect.stringMatching(/swaps/) })
  })
})

const isRoot = process.getuid?.() === 0
const swaps = () => readFileSync('/proc/swaps', 'utf8')
const swappiness = () => readFileSync('/proc/sys/vm/swappiness', 'utf8').trim()

test.runIf(process.platform === 'linux' && !isRoot)('who is not root is told so', async () => {
  const request = { kind: 'file', bytes: MIB, swappiness: 60, directory: '.' } as const
  expect(await switchOnSwap(request)).toMatchObject({ state: 'absent', reason: 'switching swap on takes root' })
})

/** They change the machine for a moment; where the kernel does not let them (a container), its refusal is all there is. */
describe.runIf(process.platform === 'linux' && isRoot)('switched on for a measurement', () => {
  let directory: string
  let before: { swaps: string; swappiness: string }
  beforeEach(() => {
    // Not in /tmp, which may be in memory.
    directory = mkdtempSync(join(fileURLToPath(new URL('../../../node_modules/', import.meta.url)), '.swap-test-'))
    before = { swaps: swaps(), swappiness: swappiness() }
  })
  afterEach(() => {
    rmSync(directory, { recursive: true })
    expect({ swaps: swaps(), swappiness: swappiness() }).toEqual(before)
  })

  test.for(['file', 'zram'] as const)('%s: on with its swappiness, then off and gone', async (kind, { skip }) => {
    const swap = await switchOnSwap({ kind, bytes: 8 * MIB, swappiness: 17, directory })
    if (swap.state === 'absent') return skip(swap.reason)
    {
      await using on = swap.value
      const found = swapConfiguration()
      expect(found).toMatchObject({ state: 'measured', value: { swappiness: 17 } })
      const area = found.state === 'measured' && found.value.areas.find(({ path }) => path === on.device)
      expect(area).toMatchObject({ kind, priority: 32_767 })
    }
    expect(existsSync(swap.value.device)).toBe(false)
    expect(readdirSync(directory)).toEqual([])
  })

  test('what the kernel refuses is told in its words, and nothing stays', async () => {
    const swap = await switchOnSwap({ kind: 'file', bytes: 8 * MIB, swappiness: 17, directory: '/proc' })
    expect(swap).toMatchObject({
      state: 'absent',
      reason: expect.stringMatching(/^a swap file cannot be switched on: /),
    })
    expect(await switchOnSwap({ kind: 'zram', bytes: 1e15, swappiness: 17, directory })).toMatchObject({
      state: 'absent',
      reason: expect.stringMatching(/must stay$/),
    })
  })

  test.for(['the run is killed', 'the run is killed after its guard was told to end'])(
    'is undone when %s',
    async (how, { skip }) => {
      const script = fileURLToPath(new URL('./fixture-for-tests.ts', import.meta.url))
      const run = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
      const device = String((await once(run.stdout, 'data'))[0]).trim()
      try {
        if (!device.startsWith('/')) return skip(device)
        expect(swappiness()).toBe('11')
        if (how !== 'the run is killed') process.kill(guardOf(run.pid ?? 0), 'SIGTERM')
        expect(swappiness()).toBe('11')
      } finally {
        // With its whole process group, as a terminal or a job's time limit does it.
        process.kill(-(run.pid ?? 0), 'SIGKILL')
      }
      await expect.poll(swaps, { timeout: 10_000 }).toBe(before.swaps)
      await expect.poll(() => existsSync(device)).toBe(false)
      await expect.poll(swappiness).toBe(before.swappiness)
    },
  )

  test('is undone by the owner when its guard was killed', async ({ skip }) => {
    const swap = await switchOnSwap({ kind: 'file', bytes: 8 * MIB, swappiness: 17, directory })
    if (swap.state === 'absent') return skip(swap.reason)
    process.kill(guardOf(process.pid), 'SIGKILL')
    await swap.value[Symbol.asyncDispose]()
    expect(existsSync(swap.value.device)).toBe(false)
  })
})

function guardOf(owner: number): number {
  const children = readFileSync(`/proc/${owner}/task/${owner}/children`, 'utf8').trim().split(' ').map(Number)
  const guard = children.find(pid => {
    const identity = processIdentity(pid)
    return identity.state === 'measured' && identity.value.command.includes('swap-guard')
  })
  if (guard === undefined) throw new Error(`process ${owner} has no guard of swap`)
  return guard
}
