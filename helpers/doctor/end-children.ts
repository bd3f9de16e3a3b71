import { processTree } from '../processes/index.ts'

/**
 * Ends whatever this process has started and still waits for, such as an nvidia-smi that hangs: whoever gives up an answer
 * takes the question back. Only for a program that is about to end.
 */
export function endChildren(): void {
  for (const pid of processTree(process.pid).filter(each => each !== process.pid)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // It ended by itself meanwhile.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}
