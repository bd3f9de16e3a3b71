import { spawn } from 'node:child_process'
import { absent, type Measured, measured } from '../measured.ts'
import { type Deadline, leftMs } from './within.ts'

/**
 * What a program prints, on either stream; absent where it ends with an error or not in time. Its whole process group is
 * ended then: a program may be a script around the one that takes long.
 */
export function programOutput(program: string, args: readonly string[], deadline: Deadline): Promise<Measured<string>> {
  return new Promise(resolve => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (text += String(data)))
    const timer = setTimeout(() => {
      if (child.pid !== undefined) endGroup(child.pid)
      resolve(absent('it did not answer in time'))
    }, leftMs(deadline))
    child.once('error', error => {
      clearTimeout(timer)
      resolve(absent(error.message))
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve(code === 0 ? measured(text) : absent(`it ended with ${signal ?? `code ${code}`}`))
    })
  })
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // It ended by itself meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
