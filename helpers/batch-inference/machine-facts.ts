import { amdGpus, nvidiaGpus } from '../baselines/index.ts'
import type { MachineFacts } from '../configurations/index.ts'
import { freeMemory, type Reading } from '../sampling/index.ts'

/** The memory of this machine that an engine may take, before it has taken any. GPUs whose memory is not told are left out. */
export async function machineFacts(reading: Reading): Promise<MachineFacts> {
  const found = [...(await nvidiaGpus()).gpus, ...(await amdGpus())]
  return {
    gpus: found.flatMap(({ vramBytes }) => (vramBytes === null ? [] : [{ totalBytes: vramBytes }])),
    hostAvailableBytes: freeMemory(reading, 'engineRssBytes'),
  }
}
