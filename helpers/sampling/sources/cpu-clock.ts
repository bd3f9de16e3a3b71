import { absent, type Measured, measured } from '../../measured.ts'
import { listNames, readText } from '../../processes/proc-file.ts'
import type { Source } from './source.ts'

const metrics = ['cpuClockMhz'] as const

/**
 * The clock of the fastest core: idle ones are slow by design, and a CPU that is throttled has no fast one. From
 * /sys/devices/system/cpu/cpufreq, one file for all cores that share a clock, in kHz; else from /proc/cpuinfo, where the
 * kernel says that it measures (`aperfmperf`): without that the file repeats the nominal clock, as virtual machines do.
 */
export function cpuClockSource(procRoot: string, sysRoot: string): Source {
  const files = clockFiles(`${sysRoot}/devices/system/cpu/cpufreq`)
  const sample = files.length > 0 ? () => fastest(files) : cpuinfoClock(`${procRoot}/cpuinfo`)
  return { metrics, sample: () => ({ cpuClockMhz: sample() }) }
}

function clockFiles(folder: string): string[] {
  const names = listNames(folder)
  if (names.state === 'absent') return []
  return names.value
    .filter(name => /^policy\d+$/.test(name))
    .map(name => `${folder}/${name}/scaling_cur_freq`)
    .filter(file => readText(file).state === 'measured')
}

function fastest(files: readonly string[]): Measured {
  const khz = files.flatMap(file => {
    const text = readText(file)
    const value = text.state === 'measured' ? Number.parseInt(text.value, 10) : Number.NaN
    // Cores that are switched off say `<unknown>` or 0.
    return value > 0 ? [value] : []
  })
  return khz.length === 0 ? absent('no core tells its clock') : measured(Math.max(...khz) / 1000)
}

function cpuinfoClock(path: string): () => Measured {
  const first = readText(path)
  if (first.state === 'absent') return () => first
  if (!/^flags\s*:.*\baperfmperf\b/m.test(first.value))
    return () => absent('the kernel does not tell the clock that this CPU runs at, as in most virtual machines')
  return () => {
    const text = readText(path)
    if (text.state === 'absent') return text
    const mhz = [...text.value.matchAll(/^cpu MHz\s*: ([\d.]+)/gm)].map(([, value]) => Number(value))
    return mhz.length === 0 ? absent(`${path} has no clock`) : measured(Math.max(...mhz))
  }
}
