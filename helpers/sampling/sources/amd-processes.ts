import { readlinkSync } from 'node:fs'
import { absent, type Measured, measured } from '../../measured.ts'
import { listNames, readText } from '../../processes/proc-file.ts'
import type { AmdCard } from './amd.ts'
import { numberIn, pathsIn } from './sys-numbers.ts'

/**
 * GPU memory of these processes on these cards. Two parts of the driver count it: fdinfo of the open device files
 * (Documentation/gpu/drm-usage-stats.rst of the kernel), and KFD for programs of ROCm. Newer kernels count ROCm's buffers
 * in fdinfo too, so the larger of the two is a process's memory.
 */
export function amdBytesOf(
  pids: readonly number[],
  where: { procRoot: string; sysRoot: string; cards: readonly AmdCard[] },
): Measured {
  let sum = 0
  for (const pid of pids) {
    const drm = drmBytes(pid, where.procRoot, where.cards)
    if (drm.state === 'absent') return drm
    const kfd = pathsIn(`${where.sysRoot}/class/kfd/kfd/proc/${pid}`, /^vram_\d+$/)
      .map(numberIn)
      .reduce((total, value) => total + (value.state === 'measured' ? value.value : 0), 0)
    sum += Math.max(drm.value, kfd)
  }
  return measured(sum)
}

/** Every client of the driver once, however many files of the process belong to it. */
function drmBytes(pid: number, procRoot: string, cards: readonly AmdCard[]): Measured {
  const files = listNames(`${procRoot}/${pid}/fd`)
  if (files.state === 'absent') return absent(`GPU memory of process ${pid} is not told: ${files.reason}`)
  const clients = new Map<string, number>()
  for (const file of files.value) {
    if (!isDeviceFile(`${procRoot}/${pid}/fd/${file}`)) continue
    const text = readText(`${procRoot}/${pid}/fdinfo/${file}`)
    if (text.state === 'absent') continue
    const client = parseFdinfo(text.value)
    const card = cards.find(({ pciAddress }) => pciAddress === '' || pciAddress === client?.pciAddress)
    if (client === undefined || card === undefined) continue
    clients.set(
      `${client.pciAddress} ${client.id}`,
      card.sharesRam ? client.vramBytes + client.gttBytes : client.vramBytes,
    )
  }
  return measured([...clients.values()].reduce((sum, bytes) => sum + bytes, 0))
}

function isDeviceFile(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('/dev/dri/')
  } catch {
    // Closed since the folder was listed.
    return false
  }
}

const factors: Record<string, number> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

/** Lines `key: value unit`, bytes where there is no unit. Undefined for a file of another driver. */
export function parseFdinfo(
  text: string,
): { pciAddress: string; id: string; vramBytes: number; gttBytes: number } | undefined {
  const value = (key: string): string | undefined => new RegExp(`^${key}:\\s*(.*?)\\s*$`, 'm').exec(text)?.[1]
  if (value('drm-driver') !== 'amdgpu') return undefined
  const bytes = (region: string): number => {
    const [number = '0', unit = ''] = (value(`drm-resident-${region}`) ?? value(`drm-memory-${region}`) ?? '0').split(
      ' ',
    )
    return Number(number) * (factors[unit] ?? Number.NaN)
  }
  return {
    pciAddress: value('drm-pdev') ?? '',
    id: value('drm-client-id') ?? '',
    vramBytes: bytes('vram'),
    gttBytes: bytes('gtt'),
  }
}
