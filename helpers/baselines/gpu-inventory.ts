import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CouldNotMeasureError } from '../errors.ts'
import type { GpuIdentity } from './hardware-id.ts'

export interface GpuInventory {
  gpus: GpuIdentity[]
  driver: string | null
}

const timeoutMs = 15_000
const MIB = 2 ** 20

const basicFields = ['name', 'memory.total', 'driver_version']
const fields = [...basicFields, 'power.limit', 'power.default_limit', 'mig.mode.current']

/**
 * NVIDIA's GPUs by `nvidia-smi`; none where the program is missing or says that there is no usable GPU.
 *
 * @throws CouldNotMeasureError when it does not answer: a GPU that hangs is not a machine without one.
 */
export async function nvidiaGpus(program = 'nvidia-smi'): Promise<GpuInventory> {
  const full = await query(program, fields)
  // Exit code 2 is nvidia-smi's "invalid argument": an old one does not know every field.
  const answer = full.exitCode === 2 ? await query(program, basicFields) : full
  return answer.exitCode === 0 ? parseNvidiaSmi(answer.stdout) : { gpus: [], driver: null }
}

/** Reads `--format=csv,noheader,nounits` of the fields above; `[N/A]` and the like are unknown. */
export function parseNvidiaSmi(csv: string): GpuInventory {
  const rows = csv
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => line.split(',').map(cell => cell.trim()))
  const gpus = rows.map(([name = 'NVIDIA GPU', memoryMiB, , limitW, defaultW, mig]): GpuIdentity => {
    const limit = numberOrNull(limitW)
    const standard = numberOrNull(defaultW)
    const memory = numberOrNull(memoryMiB)
    return {
      name,
      vramBytes: memory === null ? null : memory * MIB,
      powerLimitW: limit !== null && standard !== null && Math.abs(limit - standard) >= 1 ? limit : null,
      mig: mig === 'Enabled',
    }
  })
  return { gpus, driver: rows[0]?.[2] ?? null }
}

/**
 * AMD's GPUs as the kernel's amdgpu driver shows them. One with less than 2 GiB of its own is an integrated one that
 * no engine would use.
 */
export async function amdGpus(sysRoot = '/sys'): Promise<GpuIdentity[]> {
  const folder = join(sysRoot, 'class/drm')
  const cards = (await readdir(folder).catch(() => [])).filter(name => /^card\d+$/.test(name)).sort()
  const gpus = await Promise.all(
    cards.map(async (card): Promise<GpuIdentity[]> => {
      const read = (name: string) => readText(join(folder, card, 'device', name))
      const vramBytes = numberOrNull(await read('mem_info_vram_total'))
      if (vramBytes === null || vramBytes < 2 * 2 ** 30) return []
      const name = (await read('product_name')) || `AMD ${(await read('device')).replace(/^0x/, '')}`
      return [{ name, vramBytes, powerLimitW: null, mig: false }]
    }),
  )
  return gpus.flat()
}

/** The board's name on machines that have a device tree (`NVIDIA Jetson Orin Nano …`); empty on others. */
export const boardName = (procRoot = '/proc') => readText(join(procRoot, 'device-tree/model'))

/** A Jetson's GPU is part of the chip, shares the RAM and is named by the board. */
export function jetsonGpu(board: string): GpuIdentity[] {
  return /jetson/i.test(board) ? [{ name: board, vramBytes: null, powerLimitW: null, mig: false }] : []
}

// Absent files are this machine's way to say that it has no such thing.
const readText = (path: string) =>
  readFile(path, 'utf8').then(
    text => text.replaceAll('\0', '').trim(),
    () => '',
  )

function numberOrNull(text: string | undefined): number | null {
  const value = Number.parseFloat(text ?? '')
  return Number.isFinite(value) ? value : null
}

function query(program: string, names: string[]): Promise<{ exitCode: number; stdout: string }> {
  const args = [`--query-gpu=${names.join(',')}`, '--format=csv,noheader,nounits']
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (!error) return resolve({ exitCode: 0, stdout })
      if (error.killed) {
        return reject(
          new CouldNotMeasureError(
            `reading the hardware identity: nvidia-smi gave no answer within ${timeoutMs / 1000} s. ` +
              'Run it by hand; a GPU that does not answer cannot be measured.',
            { cause: error },
          ),
        )
      }
      resolve({ exitCode: typeof error.code === 'number' ? error.code : 127, stdout: '' })
    })
  })
}
