import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BadInputError } from '../errors.ts'
import { amdGpus, boardName, jetsonGpu, nvidiaGpus, parseNvidiaSmi } from './gpu-inventory.ts'
import { type GpuIdentity, hardwareId, hardwareIdentity, type Inventory } from './index.ts'

const GIB = 2 ** 30

const machine = (changes: Partial<Inventory> = {}): Inventory => ({
  cpu: 'AMD EPYC',
  cores: 2,
  ramBytes: 25_276_510_208,
  gpus: [],
  driver: null,
  os: 'Debian GNU/Linux 12',
  kernel: '6.1.0',
  ...changes,
})

const gpu = (name: string, vramMiB: number | null, changes: Partial<GpuIdentity> = {}): GpuIdentity => ({
  name,
  vramBytes: vramMiB === null ? null : vramMiB * 2 ** 20,
  powerLimitW: null,
  mig: false,
  ...changes,
})

describe('hardwareId', () => {
  test.each<[string, Partial<Inventory>]>([
    ['amd-epyc-2c-24g', {}],
    ['amd-epyc-9354-32c-768g', { cpu: 'AMD EPYC 9354 32-Core Processor', cores: 32, ramBytes: 755 * GIB }],
    ['intel-core-i7-8700k-12c-64g', { cpu: 'Intel Core(TM) i7-8700K CPU @ 3.70GHz', cores: 12, ramBytes: 62.6 * GIB }],
    ['intel-xeon-platinum-8480-plus-8c-16g', { cpu: 'Intel Xeon® Platinum 8480+', cores: 8, ramBytes: 15.6 * GIB }],
    ['h200-141g-x1', { gpus: [gpu('NVIDIA H200', 143_771)] }],
    ['h100-hbm3-80g-x2', { gpus: [gpu('NVIDIA H100 80GB HBM3', 81_559), gpu('NVIDIA H100 80GB HBM3', 81_559)] }],
    ['h100-pcie-80g-x1', { gpus: [gpu('NVIDIA H100 PCIe', 81_559)] }],
    ['rtx-4090-laptop-16g-x1', { gpus: [gpu('NVIDIA GeForce RTX 4090 Laptop GPU', 16_376)] }],
    ['h100-pcie-80g-250w-mig-x1', { gpus: [gpu('NVIDIA H100 PCIe', 81_559, { powerLimitW: 250, mig: true })] }],
    [
      'rtx-3060-12g-x1-rtx-4090-24g-x1',
      { gpus: [gpu('NVIDIA GeForce RTX 4090', 24_564), gpu('NVIDIA GeForce RTX 3060', 12_288)] },
    ],
    ['jetson-orin-nano-8g-x1', { ramBytes: 7.4 * GIB, gpus: [gpu('NVIDIA Jetson Orin Nano Developer Kit', null)] }],
  ])('%s', (id, changes) => {
    expect(hardwareId(machine(changes))).toBe(id)
  })

  test('does not change with driver, kernel, or the few MiB that firmware keeps', () => {
    const other = machine({ driver: '570.1', kernel: '6.2.0', os: 'Ubuntu 26.04', ramBytes: 23.1 * GIB })
    expect(hardwareId(other)).toBe(hardwareId(machine()))
  })
})

describe('GPU inventory', () => {
  test('reads nvidia-smi, and takes "not available" for unknown', () => {
    const csv =
      'NVIDIA H200, 143771, 570.86.15, 500.00, 700.00, Disabled\nOrin (nvgpu), [N/A], 570.86.15, [N/A], [N/A], [N/A]\n'
    expect(parseNvidiaSmi(csv)).toEqual({
      driver: '570.86.15',
      gpus: [gpu('NVIDIA H200', 143_771, { powerLimitW: 500 }), gpu('Orin (nvgpu)', null)],
    })
  })

  test('a power limit at its default is no variant', () => {
    expect(parseNvidiaSmi('NVIDIA L4, 23034, 550.1, 72.00, 72.00, [N/A]').gpus).toEqual([gpu('NVIDIA L4', 23_034)])
  })

  test('a missing nvidia-smi means no NVIDIA GPU', async () => {
    expect(await nvidiaGpus('/nonexistent/nvidia-smi')).toEqual({ gpus: [], driver: null })
  })

  test('an old nvidia-smi that does not know every field is asked for less', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nvidia-smi-'))
    try {
      const program = join(folder, 'nvidia-smi')
      const script = '#!/bin/sh\ncase "$1" in *mig.mode*) exit 2;; esac\necho "Tesla K80, 11441, 450.1"\n'
      await writeFile(program, script, { mode: 0o755 })
      expect(await nvidiaGpus(program)).toEqual({ gpus: [gpu('Tesla K80', 11_441)], driver: '450.1' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('finds AMD cards and the board in recorded trees, and leaves integrated graphics out', async () => {
    const root = await mkdtemp(join(tmpdir(), 'sysfs-'))
    try {
      const card = async (name: string, bytes: number, product: string) => {
        const device = join(root, 'class/drm', name, 'device')
        await mkdir(device, { recursive: true })
        await writeFile(join(device, 'mem_info_vram_total'), `${bytes}\n`)
        await writeFile(join(device, 'product_name'), `${product}\n`)
        await writeFile(join(device, 'device'), '0x744c\n')
      }
      await card('card0', 512 * 2 ** 20, '')
      await card('card1', 24 * GIB, '')
      await card('card2', 192 * GIB, 'AMD Instinct MI300X')
      await mkdir(join(root, 'device-tree'))
      await writeFile(join(root, 'device-tree/model'), 'NVIDIA Jetson AGX Orin\0')
      expect(await amdGpus(root)).toEqual([gpu('AMD 744c', 24 * 1024), gpu('AMD Instinct MI300X', 192 * 1024)])
      expect(await boardName(root)).toBe('NVIDIA Jetson AGX Orin')
    } finally {
      await rm(root, { recursive: true })
    }
  })

  test('absent trees have no AMD cards, and only a Jetson board is a GPU', async () => {
    expect(await amdGpus('/nonexistent')).toEqual([])
    expect(await boardName('/nonexistent')).toBe('')
    expect(jetsonGpu('Raspberry Pi 5 Model B')).toEqual([])
    expect(jetsonGpu('NVIDIA Jetson AGX Orin')).toEqual([gpu('NVIDIA Jetson AGX Orin', null)])
  })
})

describe('hardwareIdentity', () => {
  test('describes this machine', async () => {
    const identity = await hardwareIdentity({ override: null })
    expect(identity.id).toMatch(/^[a-z0-9][a-z0-9._-]*$/)
    expect(identity.cpu).not.toBe('')
    expect(identity.cores).toBeGreaterThan(0)
    expect(identity.ramBytes).toBeGreaterThan(0)
    expect(identity.kernel).not.toBe('')
  })

  test('an override replaces the id and nothing else', async () => {
    const { id, ...rest } = await hardwareIdentity({ override: 'lab-3_b.1' })
    const { id: own, ...same } = await hardwareIdentity({ override: null })
    expect(id).toBe('lab-3_b.1')
    expect(own).not.toBe(id)
    expect(rest).toEqual(same)
  })

  test.each(['', '../x', 'H200', '-x', 'a b', 'a/b'])('refuses the override %j', async override => {
    const refused = expect(hardwareIdentity({ override })).rejects
    await refused.toThrow(BadInputError)
    await refused.toThrow(`${JSON.stringify(override)}; allowed: lower-case letters`)
  })
})
