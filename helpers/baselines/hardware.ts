import os from 'node:os'
import si from 'systeminformation'
import { BadInputError } from '../errors.ts'
import { amdGpus, boardName, jetsonGpu, nvidiaGpus } from './gpu-inventory.ts'
import { hardwareId, type Inventory } from './hardware-id.ts'

/** The machine that a number was measured on. `id` names the folder of its baselines; the rest is recorded for people. */
export interface HardwareIdentity extends Inventory {
  id: string
}

export interface HardwareOptions {
  /** PERF_HARDWARE: replaces the id and nothing else. */
  override: string | null
}

const allowedId = /^[a-z0-9][a-z0-9._-]*$/

/**
 * Takes the inventory once and gives it a name. About 0.1 s, plus what nvidia-smi needs.
 *
 * @throws BadInputError when the override cannot be a folder's name.
 * @throws CouldNotMeasureError when nvidia-smi hangs.
 */
export async function hardwareIdentity({ override }: HardwareOptions): Promise<HardwareIdentity> {
  if (override !== null) checkHardwareId(override)
  const inventory = await takeInventory()
  return { id: override ?? hardwareId(inventory), ...inventory }
}

/** @throws BadInputError when it cannot be the name of a baseline folder. */
export function checkHardwareId(id: string): void {
  if (allowedId.test(id)) return
  throw new BadInputError(
    `the hardware id (PERF_HARDWARE) is ${JSON.stringify(id)}; allowed: lower-case letters, digits, dots, hyphens and ` +
      'underscores, beginning with a letter or digit, for instance "rtx-4090-24g-x1".',
  )
}

async function takeInventory(): Promise<Inventory> {
  const [cpu, osInfo, nvidia, amd, board] = await Promise.all([
    si.cpu(),
    si.osInfo(),
    nvidiaGpus(),
    amdGpus(),
    boardName(),
  ])
  const jetson = jetsonGpu(board)
  return {
    cpu: `${cpu.manufacturer} ${cpu.brand}`.trim() || board || os.cpus()[0]?.model || `unknown ${os.arch()}`,
    cores: os.availableParallelism(),
    ramBytes: Math.min(os.totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
    // On a Jetson nvidia-smi knows only the chip ("Orin"); the board's name tells the variants apart.
    gpus: jetson.length > 0 ? jetson : [...nvidia.gpus, ...amd],
    driver: nvidia.driver,
    os: `${osInfo.distro} ${osInfo.release}`.trim(),
    kernel: os.release(),
  }
}
