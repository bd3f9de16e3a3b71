import { fileSource, type Source } from './source.ts'

/** The load average of the last minute, from /proc/loadavg. */
export const loadSource = (procRoot: string): Source =>
  fileSource(`${procRoot}/loadavg`, ['loadAverage1'], text => ({ loadAverage1: Number.parseFloat(text) }))
