import type { AllSources } from './all-sources.ts'
import { linuxSources } from './linux.ts'
import { portableSources } from './portable.ts'

export type { AllSources } from './all-sources.ts'

/** Where a machine is read from: the kernel's files, or systeminformation where there are none. */
export type ReadFrom = 'proc' | 'systeminformation'

/** Every source of this machine. */
export async function allSources(options: {
  readFrom: ReadFrom
  procRoot: string
  sysRoot: string
  suiteRoot: number
  nvidiaSmi: string
  tegrastats: string
  nowMs: () => number
}): Promise<AllSources> {
  if (options.readFrom === 'proc') return linuxSources(options)
  const { default: system } = await import('systeminformation')
  return portableSources({ system, platform: process.platform, nowMs: options.nowMs })
}
