/** For tests: a process that switches swap on in the folder that it is given, says so, and stays until it is killed. */
import { switchOnSwap } from './switch-on-swap.ts'

const [directory = ''] = process.argv.slice(2)
const swap = await switchOnSwap({ kind: 'file', bytes: 8 * 2 ** 20, swappiness: 11, directory })
process.stdout.write(swap.state === 'absent' ? `${swap.reason}\n` : `${swap.value.device}\n`)
setInterval(() => {}, 60_000)
