import { slug } from './slug.ts'

export interface GpuIdentity {
  /** With the variant: `NVIDIA H100 PCIe` is not `NVIDIA H100 80GB HBM3`. */
  name: string
  /** Null where the GPU shares the machine's RAM, or the driver does not tell. */
  vramBytes: number | null
  /** In watts, where it was set to something else than the card's default. */
  powerLimitW: number | null
  /** Cut into MIG instances. */
  mig: boolean
}

/** What a machine is made of. */
export interface Inventory {
  cpu: string
  /** Cores this process may use. */
  cores: number
  /** RAM this process may use. */
  ramBytes: number
  gpus: GpuIdentity[]
  /** Version of the GPU's driver; null without one, or where it comes with the kernel. */
  driver: string | null
  os: string
  kernel: string
}

const GIB = 2 ** 30

/**
 * A short slug of what changes speed: `h200-141g-x1`, `amd-epyc-2c-24g`. Driver, kernel and engine version are left
 * out, because a baseline is there to compare across them.
 */
export function hardwareId(inventory: Inventory): string {
  if (inventory.gpus.length === 0) {
    return `${slug(shortCpuName(inventory.cpu))}-${inventory.cores}c-${ramStep(inventory.ramBytes)}g`
  }
  const counts = new Map<string, number>()
  for (const gpu of inventory.gpus) {
    const one = gpuSlug(gpu, inventory.ramBytes)
    counts.set(one, (counts.get(one) ?? 0) + 1)
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([one, count]) => `${one}-x${count}`)
    .join('-')
}

function gpuSlug(gpu: GpuIdentity, ramBytes: number): string {
  const name = gpu.name
    .replace(/\b(nvidia|amd|geforce|gpu|generation|developer kit|\d+\s?gb)\b/gi, ' ')
    .replace(/\(nvgpu\)/gi, ' ')
  // Rounded up: drivers keep a little back, and how much differs between their versions.
  const memory = gpu.vramBytes === null ? ramStep(ramBytes) : Math.ceil(gpu.vramBytes / GIB)
  const power = gpu.powerLimitW === null ? '' : `-${Math.round(gpu.powerLimitW)}w`
  return `${slug(name)}-${memory}g${power}${gpu.mig ? '-mig' : ''}`
}

const shortCpuName = (name: string) =>
  name
    .replace(/[®™]|\((r|tm)\)/gi, ' ')
    .replace(/@.*$/, '')
    .replace(/\b(\d+-core|processor|cpu)\b/gi, ' ')
    .replace(/\+/g, '-plus')

/**
 * RAM in GiB, up to the next size that memory is sold in (1, 1.5, 2, 3, 4, 6, 8, …): firmware and kernel keep a share
 * that changes between boots and versions, so that 62.4 and 62.9 GiB are one machine.
 */
function ramStep(bytes: number): number {
  const gib = bytes / GIB
  const power = 2 ** Math.ceil(Math.log2(gib))
  return gib <= power * 0.75 ? power * 0.75 : power
}
