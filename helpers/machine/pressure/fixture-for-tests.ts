/** For tests: a process that applies memory pressure, says which process holds it, and stays until it is killed. */
import { applyMemoryPressure } from './apply-memory-pressure.ts'

const pressure = await applyMemoryPressure({ takeBytes: 32 * 2 ** 20 })
if (pressure.state === 'absent') throw new Error(pressure.reason)
process.stdout.write(`${pressure.value.pid}\n`)
setInterval(() => {}, 60_000)
