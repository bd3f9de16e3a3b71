import { statSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { diskKind } from './index.ts'

const test = base.extend('root', async ({}, { onCleanup }) => {
  const root = await mkdtemp(join(tmpdir(), 'sys-'))
  onCleanup(() => rm(root, { recursive: true }))
  await mkdir(join(root, 'dev/block'), { recursive: true })
  return root
})

/** Major and minor number as `stat` prints them. */
const numbers = (path: string): string => {
  const { dev } = statSync(path)
  return `${(dev >>> 8) & 0xfff}:${(dev & 0xff) | ((dev >>> 12) & 0xfff00)}`
}

test.for([
  ['nvme0n1p2', true],
  ['vda', false],
] as const)('a path on %s: NVMe %s', async ([device, isNvme], { root }) => {
  await symlink(`../../devices/pci/block/${device}`, join(root, 'dev/block', numbers(root)))
  expect(diskKind(root, root)).toEqual({ state: 'measured', value: { device, isNvme } })
})

test('no device is a reason', ({ root }) => {
  expect(diskKind(root, root)).toMatchObject({ state: 'absent', reason: expect.stringContaining('no block device') })
})
