import { absent, measured } from '../../measured.ts'
import { listNames, readText } from '../../processes/proc-file.ts'
import { RisingSum } from './rising-sum.ts'
import type { Source } from './source.ts'

const metrics = ['cpuThrottleCount'] as const

/**
 * How often the CPU has lowered its clocks because of heat, since boot: every core's count and every package's once, from
 * /sys/devices/system/cpu/cpu<n>/thermal_throttle. x86 on bare metal only; virtual machines and ARM do not tell.
 */
export function throttleSource(sysRoot: string): Source {
  const counters = throttleFiles(`${sysRoot}/devices/system/cpu`)
  const sum = new RisingSum()
  return {
    metrics,
    sample: () => {
      const counts = new Map<string, number>()
      for (const [owner, file] of counters) {
        const text = readText(file)
        if (text.state === 'measured') counts.set(owner, Number.parseInt(text.value, 10))
      }
      return {
        cpuThrottleCount:
          counts.size === 0
            ? absent('the kernel does not tell how often this CPU was throttled')
            : measured(sum.add(counts)),
      }
    },
  }
}

/** One file a core and one a package: hyper-threads repeat their core's count, cores their package's. */
function throttleFiles(folder: string): Map<string, string> {
  const names = listNames(folder)
  const files = new Map<string, string>()
  for (const cpu of names.state === 'measured' ? names.value.filter(name => /^cpu\d+$/.test(name)) : []) {
    if (listNames(`${folder}/${cpu}/thermal_throttle`).state === 'absent') continue
    const id = (file: string): string => {
      const text = readText(`${folder}/${cpu}/topology/${file}`)
      return text.state === 'measured' ? text.value.trim() : cpu
    }
    const physicalPackage = id('physical_package_id')
    files.set(`core ${physicalPackage}:${id('core_id')}`, `${folder}/${cpu}/thermal_throttle/core_throttle_count`)
    files.set(`package ${physicalPackage}`, `${folder}/${cpu}/thermal_throttle/package_throttle_count`)
  }
  return files
}
