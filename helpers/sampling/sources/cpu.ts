import { fileSource, type Source } from './source.ts'

const metrics = ['cpuBusyMs', 'cpuStealMs'] as const

/**
 * Busy time of all cores, from the first line of /proc/stat: `cpu user nice system idle iowait irq softirq steal guest
 * guest_nice`. Guests are counted in user and nice already; idle, iowait and steal are not busy.
 */
export const cpuSource = (procRoot: string, ticksPerSecond: number): Source =>
  fileSource(`${procRoot}/stat`, metrics, text => {
    const [label, ...ticks] = text.slice(0, text.indexOf('\n')).split(/\s+/)
    if (label !== 'cpu') return {}
    const [user, nice, system, , , irq, softirq, steal] = ticks.map(Number)
    const ms = (...parts: (number | undefined)[]): number =>
      parts.reduce<number>((sum, part) => sum + (part ?? Number.NaN), 0) * (1000 / ticksPerSecond)
    return { cpuBusyMs: ms(user, nice, system, irq, softirq), cpuStealMs: ms(steal) }
  })
