import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryController } from '../../cage/index.ts'
import { FakeTree } from '../../sampling/fake-tree.ts'
import { allowSwap } from './allow-swap.ts'
import { measurePaging, type PagingPlan } from './index.ts'

const MIB = 2 ** 20

describe('a memory group that may swap', () => {
  const groupOf = (tree: FakeTree, files: readonly string[]): string => {
    const folder = join(tree.root, 'group')
    mkdirSync(folder)
    for (const file of files) writeFileSync(join(folder, file), '0')
    return folder
  }
  const read = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8')

  test('version 1: no limit of memory and swap together, and a swappiness of its own', () => {
    using tree = new FakeTree()
    const folder = groupOf(tree, ['memory.memsw.limit_in_bytes', 'memory.swappiness'])
    expect(allowSwap({ folder }, 35)).toEqual({ usageFile: `${folder}/memory.usage_in_bytes` })
    expect(read(folder, 'memory.memsw.limit_in_bytes')).toBe('-1')
    expect(read(folder, 'memory.swappiness')).toBe('35')
  })

  test('version 2: swap without a limit; swappiness is the machine’s', () => {
    using tree = new FakeTree()
    const folder = groupOf(tree, ['memory.swap.max'])
    expect(allowSwap({ folder }, 35)).toEqual({ usageFile: `${folder}/memory.current` })
    expect(read(folder, 'memory.swap.max')).toBe('max')
    expect(existsSync(join(folder, 'memory.swappiness'))).toBe(false)
  })
})

/** Changes the machine for a moment; where it may not (no root, a container), the reason is all there is. */
describe.runIf(process.platform === 'linux')('paging, for real', () => {
  let directory: string
  const machine = () => ({
    swaps: readFileSync('/proc/swaps', 'utf8'),
    swappiness: readFileSync('/proc/sys/vm/swappiness', 'utf8'),
    groups: groups(),
  })
  let before: ReturnType<typeof machine>
  beforeEach(() => {
    // Not in /tmp, which may be in memory.
    directory = mkdtempSync(join(fileURLToPath(new URL('../../../node_modules/', import.meta.url)), '.paging-test-'))
    before = machine()
  })
  afterEach(() => {
    expect(readdirSync(directory)).toEqual([])
    rmSync(directory, { recursive: true })
    expect(machine()).toEqual(before)
  })

  const plan: PagingPlan = {
    swap: { kind: 'file', swappiness: 60 },
    limitBytes: 16 * MIB,
    anonymousBytes: 24 * MIB,
    fileBytes: 0,
    rounds: 2,
    limitMs: 30_000,
  }

  test('a process that has less memory than it goes over swaps, and only when the memory is used', async ({ skip }) => {
    const record = await measurePaging(plan, directory)
    if (record.state === 'absent') return skip(record.reason)
    const { usedShareAtFirstSwap, fill, rounds } = record.value
    expect(usedShareAtFirstSwap).toBeGreaterThan(0.9)
    // At least what does not fit.
    expect(fill?.swapOutBytes).toBeGreaterThanOrEqual(8 * MIB)
    expect(rounds).toHaveLength(2)
    for (const { ms, swapInBytes } of rounds) {
      expect(ms).toBeGreaterThan(0)
      expect(swapInBytes).toBeGreaterThanOrEqual(8 * MIB)
    }
  })

  test('one that has enough does not swap, and that is told as such', async ({ skip }) => {
    const record = await measurePaging({ ...plan, limitBytes: 128 * MIB, fileBytes: 4 * MIB, rounds: 1 }, directory)
    if (record.state === 'absent') return skip(record.reason)
    expect(record.value).toMatchObject({ usedShareAtFirstSwap: null, fill: null })
  })

  test('one that the kernel kills is a reason, not a number', async ({ skip }) => {
    // Less than Node needs to read its order, and no room in the swap for the rest.
    const record = await measurePaging({ ...plan, limitBytes: 4096, anonymousBytes: MIB }, directory)
    if (record.state === 'measured') return skip('this kernel let it live')
    expect(record.reason).toMatch(/^the process that pages gave no result: it ended with SIGKILL|takes root|cannot be/)
  })
})

function groups(): string[] {
  const controller = memoryController()
  if (controller.state === 'absent') return []
  return readdirSync(controller.value.parent).filter(name => name.startsWith(`vitest-llm-perf-${process.pid}-`))
}
