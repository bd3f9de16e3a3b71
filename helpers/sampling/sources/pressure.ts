import { fileSource, type Source } from './source.ts'

/**
 * Time in which at least one task waited for memory or for a CPU (pressure stall information): `total` of the line
 * `some`, in µs since boot. Absent on kernels without PSI.
 */
export const pressureSources = (procRoot: string): Source[] => [
  fileSource(`${procRoot}/pressure/memory`, ['memoryPressureStallMs'], text => ({
    memoryPressureStallMs: someTotalMs(text),
  })),
  fileSource(`${procRoot}/pressure/cpu`, ['cpuPressureStallMs'], text => ({ cpuPressureStallMs: someTotalMs(text) })),
]

/** `some avg10=… avg60=… avg300=… total=µs`, the first line. */
function someTotalMs(text: string): number {
  const total = text.indexOf('total=')
  return text.startsWith('some ') && total > 0
    ? Number.parseInt(text.slice(total + 'total='.length), 10) / 1000
    : Number.NaN
}
