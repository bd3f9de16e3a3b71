import { amdCards, amdReader } from './amd.ts'
import type { GpuReader } from './gpu-reader.ts'
import { jetsonName, jetsonReader } from './jetson.ts'
import { nvidiaReader } from './nvidia.ts'

/** What a Linux machine may have: a Jetson's own GPU, NVIDIA cards, AMD cards; in the order in which they are asked. */
export function gpuReaders(options: {
  procRoot: string
  sysRoot: string
  nvidiaSmi: string
  tegrastats: string
  nowMs: () => number
}): GpuReader[] {
  const nvidia = nvidiaReader(options)
  const name = jetsonName(options.procRoot)
  const jetson = name === undefined ? [] : [jetsonReader({ ...options, name, listed: nvidia })]
  const cards = amdCards(options.sysRoot)
  const amd = cards.length === 0 ? [] : [amdReader({ ...options, cards })]
  return [...jetson, nvidia, ...amd]
}
