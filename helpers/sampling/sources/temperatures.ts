import { absent, measured } from '../../measured.ts'
import { listNames, readText } from '../../processes/proc-file.ts'
import type { Source } from './source.ts'

const metrics = ['cpuTemperatureC'] as const

/** Names of thermal zones and hwmon chips that measure the CPU; board sensors (acpitz, nvme, …) do not. */
const cpuZone = /^(x86_pkg_temp|TCPU|cpu\d*[-_]?therm(al)?.*|soc[-_]?therm(al)?.*|CPU-therm|tj-thermal)$/i
const cpuChip = /^(coretemp|k10temp|zenpower|cpu_thermal|soc_thermal)$/

/**
 * The hottest CPU sensor, from /sys/class/thermal and /sys/class/hwmon, which tell thousandths of a degree Celsius.
 * The sensors are looked up once.
 */
export function temperaturesSource(sysRoot: string): Source {
  const files = [...zoneFiles(sysRoot), ...chipFiles(sysRoot)]
  return {
    metrics,
    sample: () => {
      const values = files.flatMap(file => {
        const text = readText(file)
        const value = text.state === 'measured' ? Number.parseInt(text.value, 10) / 1000 : Number.NaN
        // Sensors that are switched off say 0 or less.
        return value > 0 ? [value] : []
      })
      const reason = `no sensor of the CPU in ${sysRoot}/class/thermal or ${sysRoot}/class/hwmon tells a temperature`
      return { cpuTemperatureC: values.length === 0 ? absent(reason) : measured(Math.max(...values)) }
    },
  }
}

const folders = (path: string): string[] => {
  const names = listNames(path)
  return names.state === 'measured' ? names.value.map(name => `${path}/${name}`) : []
}

const named = (folder: string, file: string, pattern: RegExp): boolean => {
  const text = readText(`${folder}/${file}`)
  return text.state === 'measured' && pattern.test(text.value.trim())
}

const zoneFiles = (sysRoot: string): string[] =>
  folders(`${sysRoot}/class/thermal`)
    .filter(folder => named(folder, 'type', cpuZone))
    .map(folder => `${folder}/temp`)

const chipFiles = (sysRoot: string): string[] =>
  folders(`${sysRoot}/class/hwmon`)
    .filter(folder => named(folder, 'name', cpuChip))
    .flatMap(folder => folders(folder).filter(file => /\/temp\d+_input$/.test(file)))
