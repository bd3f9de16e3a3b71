import { absent, type Measured, measured } from '../../measured.ts'
import { parseCell } from './nvidia-devices.ts'

/** Fields asked of `nvidia-smi --query-compute-apps`, in order. */
export const processFields = 'pid,gpu_uuid,used_memory'

const MIB = 2 ** 20

/** nvidia-smi lists processes once a second; one that is not listed any more holds nothing. */
export const FORGOTTEN_AFTER_MS = 2500

interface Use {
  pid: number
  used: Measured
  seenMs: number
}

/** What each process holds of each GPU, as `nvidia-smi` last listed it. Pids are the host's. */
export class NvidiaProcesses {
  readonly #uses = new Map<string, Use>()

  /** Takes one line; false for one that is no reading. */
  take(line: string, atMs: number): boolean {
    const [pid, uuid, used] = line.split(',').map(cell => cell.trim())
    if (!/^\d+$/.test(pid ?? '') || uuid === undefined || used === undefined) return false
    this.#uses.set(`${pid} ${uuid}`, { pid: Number(pid), used: parseCell(used), seenMs: atMs })
    return true
  }

  /**
   * GPU memory of these processes. Zero is only said where every process of the GPU can be seen: a container that does
   * not share the host's process ids sees none, or sees numbers that mean others.
   */
  bytesOf(pids: readonly number[], atMs: number, seesAllProcesses: boolean): Measured {
    let sum = 0
    let listed = false
    for (const [key, { pid, used, seenMs }] of this.#uses) {
      if (atMs - seenMs > FORGOTTEN_AFTER_MS) {
        this.#uses.delete(key)
        continue
      }
      if (!pids.includes(pid)) continue
      if (used.state === 'absent') return used
      listed = true
      sum += used.value * MIB
    }
    return listed || seesAllProcesses
      ? measured(sum)
      : absent('nvidia-smi lists no process of the engine; in a container it sees them only with --pid=host')
  }
}
