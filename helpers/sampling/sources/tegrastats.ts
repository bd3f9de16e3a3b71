import { absent, type Measured, measured } from '../../measured.ts'

/** What a line of NVIDIA's `tegrastats` says of a board's GPU. */
export interface TegrastatsGpu {
  utilisation: Measured
  /** Of the fastest of its clusters. */
  clockMhz: Measured
  temperatureC: Measured
  powerW: Measured
}

/**
 * Power rails that feed the GPU, the most exact first. A small Orin has one for CPU and GPU together, which is what its
 * board can tell.
 */
const gpuRails = ['VDD_GPU', 'VDD_SYS_GPU', 'POM_5V_GPU', 'GPU', 'VDD_GPU_SOC', 'VDD_CPU_GPU_CV']

/**
 * A line such as `… RAM 6185/7620MB … GR3D_FREQ 63%@[621] … gpu@53.343C … VDD_CPU_GPU_CV 4667mW/4667mW …`; undefined for
 * one that is no reading. GR3D is the GPU: its clock in MHz is told to root only, one a cluster on newer releases; rails
 * are in mW, now and on average. -256 °C is a sensor that is switched off.
 */
export function parseTegrastats(line: string): TegrastatsGpu | undefined {
  if (!/\bRAM \d+\/\d+MB\b/.test(line)) return undefined
  const gr3d = /\bGR3D(?:_FREQ)? (?:(\d+)%)?(?:@\[?([\d,]+)\]?)?/.exec(line)
  const clocks = (gr3d?.[2] ?? '').split(',').filter(text => text !== '')
  const temperature = Number(/\bgpu@(-?[\d.]+)C/i.exec(line)?.[1] ?? Number.NaN)
  const told = (value: number | undefined, what: string): Measured =>
    value === undefined || !Number.isFinite(value) ? absent(`tegrastats tells no ${what}`) : measured(value)
  return {
    utilisation: told(gr3d?.[1] === undefined ? undefined : Number(gr3d[1]) / 100, 'load of the GPU'),
    clockMhz: told(clocks.length === 0 ? undefined : Math.max(...clocks.map(Number)), 'clock of the GPU'),
    temperatureC: told(temperature > -200 ? temperature : undefined, 'temperature of the GPU'),
    powerW: told(railWatts(line, gpuRails), 'power of the GPU'),
  }
}

function railWatts(line: string, names: readonly string[]): number | undefined {
  for (const name of names) {
    const found = new RegExp(`(?:^|\\s)${name} (\\d+)(?:mW)?(?:/|\\s|$)`).exec(line)
    if (found !== null) return Number(found[1]) / 1000
  }
  return undefined
}
