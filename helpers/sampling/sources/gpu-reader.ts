import type { Measured } from '../../measured.ts'
import type { GpuDevice } from './gpu-device.ts'

/** Every GPU that one tool sees, at one instant. */
export interface GpuReading {
  atMs: number
  devices: readonly GpuDevice[]
}

/** One way to ask for GPUs: a tool that goes on printing, or the kernel's files. Never throws. */
export interface GpuReader {
  /** Resolves with the first reading, or when there will be none. */
  ready: Promise<void>
  /** The newest reading, or why there is none. */
  read(atMs: number): Measured<GpuReading>
  /** GPU memory of these processes together. 0 is only said where it is known that they hold none. */
  bytesOf(pids: readonly number[], atMs: number): Measured
  stop(): Promise<void>
}
