import { readlinkSync } from 'node:fs'

/** The kernel's number for the first process-id namespace, which is the host's (PROC_PID_INIT_INO). */
const HOST_PID_NAMESPACE = 'pid:[4026531836]'

/** Whether this process sees process ids as the host, and so the driver, does. */
export function inHostPidNamespace(procRoot: string): boolean {
  try {
    return readlinkSync(`${procRoot}/self/ns/pid`) === HOST_PID_NAMESPACE
  } catch {
    // Not known counts as no: it only costs the certainty that nothing is a zero.
    return false
  }
}
